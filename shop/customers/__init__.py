"""Who buys: people in WeChat, known by their openid and a language."""
