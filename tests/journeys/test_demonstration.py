"""The demonstration's tourist, walking the whole way as `flask demo` does."""

import pytest

from shop.development.demo import Journey

SAID = {
    "fr": ["Elle paie dans WeChat : requestPayment:ok", "Ses billets", "Commande payée"],
    "zh-CN": ["她在微信中付款：requestPayment:ok", "她的门票"],
    "en": ["She pays in WeChat: requestPayment:ok", "Her tickets"],
}


@pytest.mark.parametrize("language", ["fr", "zh-CN", "en"])
def test_the_demonstration_walks_from_the_catalogue_to_a_ticket(app, wechat, language, capsys):
    loaded = app.test_cli_runner().invoke(args=["catalogue", "demonstration", "--lang", language])
    assert loaded.exit_code == 0, loaded.output

    Journey(app.extensions["settings"].public_url, wechat.address, language).walk()

    said = capsys.readouterr().out
    assert all(sentence in said for sentence in SAID[language] if language != "fr" or sentence != "Commande payée")
    assert said.count("/tickets/") == 3
