"""WeChat Pay APIv3, domestic and global: paying in the mini-program, asking, closing, callbacks.

Why our own: no maintained library speaks the global API, and those that speak the domestic one accept old
and replayed callbacks. Protocol: https://pay.weixin.qq.com/doc/v3/merchant/4012791897 (domestic),
https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_26.shtml (global).
"""

from shop.gateways.wechat_pay.gateway import WeChatPay, build_wechat_pay
from shop.gateways.wechat_pay.keyring import KeyRing, KeySource
from shop.gateways.wechat_pay.settings import WeChatPaySettings
from shop.gateways.wechat_pay.sources import DownloadedKeys, FolderKeys, KeyStore

__all__ = [
    "DownloadedKeys",
    "FolderKeys",
    "KeyRing",
    "KeySource",
    "KeyStore",
    "WeChatPay",
    "WeChatPaySettings",
    "build_wechat_pay",
]
