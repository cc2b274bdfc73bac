"""Refusals of the back office."""

from shop.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from shop.core.i18n import Text


class StaffSignInRequired(Unauthenticated):
    """Nobody of the staff is signed in here, or no longer."""

    code = "staff-sign-in-required"
    detail = Text(
        fr="Votre session est terminée. Reconnectez-vous, puis recommencez.",
        zh="您的会话已结束。请重新登录后再操作。",
        en="Your session has ended. Sign in again, then repeat what you did.",
    )


class SignInRefused(Unauthenticated):
    """Address, password or code are not right; which, is not said."""

    code = "sign-in-refused"
    detail = Text(
        fr="Adresse, mot de passe ou code incorrect.",
        zh="邮箱、密码或验证码不正确。",
        en="Address, password or code not right.",
    )


class TooManySignIns(TooMany):
    """This browser or address has failed too often with this account."""

    code = "too-many-sign-ins"
    retry_after = 900
    detail = Text(
        fr="Trop d’essais. Réessayez dans un quart d’heure, ou demandez un nouveau lien à un responsable.",
        zh="尝试次数过多。请十五分钟后再试，或向负责人索取新的链接。",
        en="Too many attempts. Try again in a quarter of an hour, or ask a manager for a new link.",
    )


class NotYourRole(Forbidden):
    """Whoever is signed in may not do this."""

    code = "not-your-role"
    detail = Text(
        fr="Votre rôle ne permet pas d’ouvrir cette page. Un responsable peut changer votre rôle.",
        zh="您的角色无权使用此功能。负责人可以更改您的角色。",
        en="Your role does not include this. A manager can change your role.",
    )


class FormExpired(Invalid):
    """The form did not come from a page of this session."""

    code = "form-expired"
    detail = Text(
        fr="Ce formulaire n’est plus valable. Rien n’a été fait ; rouvrez la page et recommencez.",
        zh="该表单已失效，未作任何更改。请重新打开页面再试。",
        en="This form is no longer good. Nothing was done; open the page again and repeat.",
    )


class LinkNotValid(NotFound):
    """The one-time link was used, replaced, is too old, or never was."""

    code = "link-not-valid"
    detail = Text(
        fr="Ce lien a déjà servi ou n’est plus valable. Demandez-en un nouveau à un responsable.",
        zh="此链接已使用或已失效。请向负责人索取新的链接。",
        en="This link was used already or is no longer valid. Ask a manager for a new one.",
    )


class StaffNotFound(NotFound):
    """There is no such account."""

    code = "staff-not-found"
    detail = Text(fr="Ce compte n’existe pas.", zh="该账户不存在。", en="There is no such account.")


class EmailTaken(Conflict):
    """Somebody has an account with this address."""

    code = "email-taken"
    detail = Text(
        fr="Il y a déjà un compte à cette adresse.",
        zh="该邮箱已有账户。",
        en="There is an account with this address already.",
    )


class LastManager(Conflict):
    """The shop would be without a manager."""

    code = "last-manager"
    detail = Text(
        fr="C’est le dernier responsable : nommez-en un autre d’abord.",
        zh="这是最后一位负责人：请先任命另一位。",
        en="This is the last manager: appoint another one first.",
    )


class PasswordTooWeak(Invalid):
    """Too short, or made of the account's own name."""

    code = "password-too-weak"
    detail = Text(
        fr="Choisissez au moins douze caractères, autres que votre nom ou votre adresse.",
        zh="请至少使用十二个字符，且不要包含您的姓名或邮箱。",
        en="Choose at least twelve characters, other than your name or address.",
    )


class CodeNotRight(Invalid):
    """The six digits are not those of this moment, or were used already."""

    code = "code-not-right"
    detail = Text(
        fr="Ce code n’est pas le bon. Attendez le suivant sur votre téléphone et réessayez.",
        zh="验证码不正确。请等待手机上的下一个验证码后重试。",
        en="This code is not right. Wait for the next one on your phone and try again.",
    )
