"""The words of the pages about accounts, in three languages."""

from shop.core.i18n import Text

ACCOUNTS: dict[str, Text] = {
    "sign_in": Text(fr="Se connecter", zh="登录", en="Sign in"),
    "email": Text(fr="Adresse électronique", zh="电子邮箱", en="E-mail address"),
    "password": Text(fr="Mot de passe", zh="密码", en="Password"),
    "code": Text(fr="Code à six chiffres", zh="六位验证码", en="Six-digit code"),
    "code_help": Text(
        fr="De l’application d’authentification ; laissez vide si votre compte n’en a pas.",
        zh="来自验证器应用；如您的账户未设置则留空。",
        en="From your authenticator application; leave empty if your account has none.",
    ),
    "forgotten": Text(
        fr="Mot de passe oublié, téléphone perdu ? Un responsable peut vous faire un nouveau lien.",
        zh="忘记密码或手机丢失？请负责人为您生成新链接。",
        en="Password forgotten, phone lost? A manager can make you a new link.",
    ),
    "signed_out": Text(fr="Vous êtes déconnecté.", zh="您已退出登录。", en="You are signed out."),
    "confirm": Text(fr="Confirmer que c’est vous", zh="确认您的身份", en="Confirm it is you"),
    "confirm_why": Text(
        fr="La suite touche à l’argent ou à des comptes : redonnez votre mot de passe. Il vaut dix minutes.",
        zh="下一步涉及资金或账户：请再次输入密码，有效十分钟。",
        en="What comes next touches money or accounts: give your password again. It stands for ten minutes.",
    ),
    "continue": Text(fr="Continuer", zh="继续", en="Continue"),
    "welcome": Text(fr="Choisir un mot de passe", zh="设置密码", en="Choose a password"),
    "welcome_why": Text(
        fr="Compte de {email}. Ce lien ne sert qu’une fois.",
        zh="{email} 的账户。此链接仅可使用一次。",
        en="Account of {email}. This link works once.",
    ),
    "new_password": Text(fr="Nouveau mot de passe", zh="新密码", en="New password"),
    "password_help": Text(
        fr="Au moins douze caractères ; une phrase convient bien.",
        zh="至少十二个字符；可以使用一句话。",
        en="At least twelve characters; a sentence does well.",
    ),
    "second_factor": Text(fr="Code à six chiffres", zh="六位验证码", en="Six-digit code"),
    "second_factor_why": Text(
        fr="Votre rôle touche à l’argent : un mot de passe volé ne doit pas suffire. Scannez ce dessin avec une "
        "application d’authentification, puis écrivez le code qu’elle affiche.",
        zh="您的角色涉及资金：仅凭被盗的密码不应能够操作。请用验证器应用扫描此图，然后输入其显示的验证码。",
        en="Your role touches money: a stolen password must not be enough. Scan this drawing with an authenticator "
        "application, then write the code it shows.",
    ),
    "second_factor_free": Text(
        fr="Facultatif pour votre rôle. Scannez ce dessin avec une application d’authentification, puis écrivez le "
        "code qu’elle affiche.",
        zh="您的角色可选。请用验证器应用扫描此图，然后输入其显示的验证码。",
        en="Optional for your role. Scan this drawing with an authenticator application, then write the code it shows.",
    ),
    "secret": Text(
        fr="Ou écrivez cette clé dans l’application :",
        zh="或在应用中输入此密钥：",
        en="Or type this key into the application:",
    ),
    "second_factor_on": Text(
        fr="Votre code à six chiffres est en place.", zh="六位验证码已启用。", en="Your six-digit code is in place."
    ),
    "set_up": Text(fr="Mettre en place", zh="启用", en="Set up"),
    "set_up_again": Text(fr="Changer de téléphone", zh="更换手机", en="Change phone"),
    "change_password": Text(fr="Changer de mot de passe", zh="更改密码", en="Change password"),
    "password_changed": Text(
        fr="Mot de passe changé ; vos autres sessions sont fermées.",
        zh="密码已更改；您的其他会话已结束。",
        en="Password changed; your other sessions are ended.",
    ),
    "sessions": Text(fr="Mes sessions ouvertes", zh="我的登录会话", en="My open sessions"),
    "sessions_why": Text(
        fr="Chaque navigateur où vous êtes connecté. Fermez ceux que vous ne reconnaissez pas, et changez de mot "
        "de passe.",
        zh="您已登录的每个浏览器。请结束您不认识的会话，并更改密码。",
        en="Each browser you are signed in to. End those you do not recognise, and change your password.",
    ),
    "this_one": Text(fr="celle-ci", zh="当前会话", en="this one"),
    "last_seen": Text(fr="Dernière activité", zh="最近活动", en="Last seen"),
    "browser": Text(fr="Navigateur", zh="浏览器", en="Browser"),
    "address": Text(fr="Adresse", zh="地址", en="Address"),
    "end_session": Text(fr="Fermer", zh="结束", en="End"),
    "session_ended": Text(fr="Session fermée.", zh="会话已结束。", en="Session ended."),
    "people": Text(fr="Équipe", zh="团队", en="Team"),
    "invite": Text(fr="Inviter quelqu’un", zh="邀请成员", en="Invite somebody"),
    "name": Text(fr="Nom", zh="姓名", en="Name"),
    "role": Text(fr="Rôle", zh="角色", en="Role"),
    "state": Text(fr="État", zh="状态", en="State"),
    "active": Text(fr="actif", zh="使用中", en="active"),
    "invited": Text(fr="invité, pas encore venu", zh="已邀请，尚未登录", en="invited, not yet here"),
    "closed": Text(fr="fermé", zh="已关闭", en="closed"),
    "with_code": Text(fr="avec code", zh="已启用验证码", en="with code"),
    "link_for": Text(
        fr="Lien pour {email}, à lui remettre vous-même. Il vaut trois jours, sert une fois, et ne sera plus montré.",
        zh="{email} 的链接，请您亲自转交。三天内有效，仅可使用一次，之后不再显示。",
        en="Link for {email}, for you to hand over. It is good for three days, works once, and is not shown again.",
    ),
    "new_link": Text(fr="Faire un nouveau lien", zh="生成新链接", en="Make a new link"),
    "new_link_why": Text(
        fr="Pour qui a perdu son mot de passe ou son téléphone. L’ancien mot de passe vaut jusqu’à ce que le lien "
        "serve.",
        zh="用于忘记密码或丢失手机的成员。旧密码在链接使用前仍然有效。",
        en="For somebody who lost password or phone. The old password is good until the link is used.",
    ),
    "change_role": Text(fr="Changer le rôle", zh="更改角色", en="Change the role"),
    "role_changed": Text(fr="Rôle changé.", zh="角色已更改。", en="Role changed."),
    "close_account": Text(fr="Fermer le compte", zh="关闭账户", en="Close the account"),
    "account_closed": Text(
        fr="Compte fermé ; ses sessions aussi.", zh="账户及其会话已关闭。", en="Account and sessions closed."
    ),
    "reopen": Text(fr="Rouvrir le compte", zh="重新开放账户", en="Reopen the account"),
    "acts": Text(fr="Registre", zh="操作记录", en="Trail"),
    "acts_why": Text(
        fr="Qui a fait ou lu quoi, quand et d’où. Personne ne peut rien y changer.",
        zh="谁在何时何地做了什么或查看了什么。任何人都无法更改。",
        en="Who did or read what, when and from where. Nobody can change it.",
    ),
    "subject": Text(fr="Sur quoi ou qui", zh="对象", en="On what or whom"),
    "before": Text(fr="Avant", zh="之前", en="Before"),
    "after": Text(fr="Après", zh="之后", en="After"),
    "cashier_means": Text(
        fr="commandes, remboursements, guichet", zh="订单、退款、柜台", en="orders, refunds, counter"
    ),
    "stock_means": Text(
        fr="visites, dates, places, guides", zh="游览、日期、名额、导游", en="tours, dates, seats, guides"
    ),
    "manager_means": Text(fr="tout, et l’équipe", zh="全部功能及团队管理", en="everything, and the team"),
    "guide_means": Text(fr="ses départs et l’entrée", zh="本人场次与入场核验", en="their own departures and the door"),
}
