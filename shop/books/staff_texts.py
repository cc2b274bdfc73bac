"""The words of the pages about the books, in three languages."""

from shop.core.i18n import Text

BOOKS: dict[str, Text] = {
    "books": Text(fr="Livres", zh="账簿", en="Books"),
    "closings": Text(fr="Clôtures", zh="结账", en="Closings"),
    "day": Text(fr="Journal d’un jour", zh="日账", en="A day’s journal"),
    "documents": Text(fr="Reçus et avoirs", zh="收据与贷项通知单", en="Receipts and credit notes"),
    "exports": Text(fr="Exports", zh="导出", en="Exports"),
    "check": Text(fr="Vérifier", zh="核查", en="Check"),
    "reconciliation": Text(fr="Rapprochement", zh="对账", en="Reconciliation"),
    "parts": Text(fr="Parties des livres", zh="账簿各部分", en="Parts of the books"),
    "designed": Text(
        fr="Conçus pour l’article 286, I, 3° bis du code général des impôts (inaltérabilité, sécurisation, "
        "conservation, "
        "archivage). Non certifiés : personne ne peut dire qu’ils le sont.",
        zh="按法国《税法总典》第 286 条 I 款 3° bis（不可更改、安全、保存、归档）设计。未经认证："
        "任何人不得声称已认证。",
        en="Designed for article 286, I, 3° bis of the French tax code (inalterable, secured, conserved, archived). "
        "Not "
        "certified, and nobody may say they are.",
    ),
    "how_closed": Text(
        fr="Chaque jour, mois et année qui a des écritures est clôturé de lui-même une heure après sa fin, par "
        "monnaie. Plus "
        "rien n’y entre. Gardez les empreintes ailleurs : elles prouvent que rien n’a été récrit.",
        zh="每个有分录的日、月、年在结束一小时后按货币自动结账，之后不再入账。请将哈希值另存他处：可证明账簿未被改写。",
        en="Each day, month and year with entries is closed by itself an hour after its end, in each currency. "
        "Nothing enters "
        "it any more. Keep the hashes elsewhere: they prove that nothing was written anew.",
    ),
    "days": Text(fr="Jours", zh="日", en="Days"),
    "months": Text(fr="Mois", zh="月", en="Months"),
    "years": Text(fr="Années", zh="年", en="Years"),
    "no_closings": Text(fr="Rien n’est encore clôturé.", zh="尚无结账。", en="Nothing is closed yet."),
    "closing": Text(fr="Clôture n° {number}", zh="第 {number} 次结账", en="Closing no. {number}"),
    "closed_at": Text(fr="Clôturé le {at}", zh="结账于 {at}", en="Closed on {at}"),
    "entries": Text(fr="écritures {first} à {last}", zh="分录 {first} 至 {last}", en="entries {first} to {last}"),
    "sold": Text(fr="Ventes", zh="销售额", en="Sales"),
    "credited": Text(fr="Avoirs", zh="贷项", en="Credit notes"),
    "revenue": Text(fr="Recette", zh="收入", en="Revenue"),
    "since_first": Text(
        fr="Depuis la première écriture : ventes {sold}, avoirs {credited}",
        zh="自首笔分录起：销售 {sold}，贷项 {credited}",
        en="Since the first entry: sales {sold}, credit notes {credited}",
    ),
    "vat": Text(fr="TVA", zh="增值税", en="VAT"),
    "net": Text(fr="HT", zh="不含税", en="Without VAT"),
    "gateway": Text(fr="Moyen", zh="支付方式", en="Means"),
    "came": Text(fr="Entré", zh="流入", en="In"),
    "went": Text(fr="Sorti", zh="流出", en="Out"),
    "hash": Text(fr="Empreinte", zh="哈希值", en="Hash"),
    "details": Text(fr="TVA, moyens et empreinte", zh="增值税、支付方式与哈希值", en="VAT, means and hash"),
    "head": Text(
        fr="Le journal compte {entries} écritures ; plus rien n’y entre avant le {at}.",
        zh="账簿共 {entries} 笔分录；{at} 之前不再入账。",
        en="The journal has {entries} entries; nothing enters it before {at} any more.",
    ),
    "no_head": Text(fr="Le journal est encore vide.", zh="账簿尚为空。", en="The journal is still empty."),
    # A day
    "on": Text(fr="Jour", zh="日期", en="Day"),
    "show": Text(fr="Afficher", zh="显示", en="Show"),
    "earlier": Text(fr="Jour d’avant", zh="前一天", en="Day before"),
    "later": Text(fr="Jour d’après", zh="后一天", en="Day after"),
    "day_why": Text(
        fr="Pour la régie : ventes par tarif, moyen et TVA ; avoirs, encaissements, remboursements, litiges et "
        "commissions à "
        "part. Les intitulés sont en français : ces tableaux sont remis en application du droit français.",
        zh="供财务使用：按票价、支付方式和增值税的销售；贷项、收款、退款、争议和手续费分列。标题为法文："
        "这些表格依法国法律提交。",
        en="For the cash office: sales by tariff, means and VAT; credit notes, money in, refunds, disputes and fees "
        "apart. "
        "Headings are French: these tables are handed in under French law.",
    ),
    "empty_day": Text(fr="Aucune écriture ce jour.", zh="当日无分录。", en="No entry on this day."),
    # Exports
    "exports_why": Text(
        fr="Chaque téléchargement est noté au registre des actes.",
        zh="每次下载都会记入操作记录。",
        en="Each download is noted in the trail of acts.",
    ),
    "journal": Text(fr="Journal", zh="分类账", en="Journal"),
    "journal_why": Text(
        fr="Chaque ligne, avec les comptes et les empreintes.",
        zh="每一行，含科目与哈希值。",
        en="Every line, with account numbers and hashes.",
    ),
    "from": Text(fr="Du", zh="从", en="From"),
    "to": Text(fr="Au", zh="至", en="To"),
    "fec": Text(
        fr="Fichier des écritures comptables (FEC)", zh="会计分录文件（FEC）", en="Accounting entries file (FEC)"
    ),
    "fec_why": Text(
        fr="Une année en dix-huit colonnes, comme l’administration fiscale la lit. En euros : les lignes d’une autre "
        "monnaie "
        "n’y sont pas.",
        zh="一年的十八列分录，供税务机关读取。以欧元计：其他货币的行不在其中。",
        en="A year in eighteen columns, as the tax office reads it. In euros: lines in another currency are not in it.",
    ),
    "year": Text(fr="Année", zh="年份", en="Year"),
    "how_many": Text(fr="Écritures", zh="分录数", en="Entries"),
    "left_out": Text(fr="Lignes hors du fichier", zh="未包含的行", en="Lines left out"),
    "lines_of": Text(fr="{count} en {currency}", zh="{count} 行 {currency}", en="{count} in {currency}"),
    "download": Text(fr="Télécharger", zh="下载", en="Download"),
    "download_year": Text(fr="Télécharger le FEC de {year}", zh="下载 {year} 年 FEC", en="Download the FEC of {year}"),
    "download_of": Text(fr="Télécharger en {kind}", zh="下载 {kind}", en="Download {kind}"),
    # Documents
    "receipt": Text(fr="Reçu", zh="收据", en="Receipt"),
    "credit_note": Text(fr="Avoir", zh="贷项通知单", en="Credit note"),
    "receipts": Text(fr="Reçus", zh="收据", en="Receipts"),
    "credit_notes": Text(fr="Avoirs", zh="贷项通知单", en="Credit notes"),
    "number": Text(fr="Numéro", zh="编号", en="Number"),
    "number_help": Text(
        fr="D’un reçu, d’un avoir ou d’une commande.",
        zh="收据、贷项通知单或订单的编号。",
        en="Of a receipt, a credit note or an order.",
    ),
    "issued": Text(fr="Émis le", zh="开具日期", en="Issued"),
    "order": Text(fr="Commande", zh="订单", en="Order"),
    "amount": Text(fr="Montant", zh="金额", en="Amount"),
    # The check
    "check_why": Text(
        fr="Relit tout le journal, les documents et les clôtures : équilibre, suite des numéros, empreintes, sommes. "
        "Cela peut "
        "durer quelques secondes ; rien n’est changé.",
        zh="重新核对整个账簿、单据与结账：借贷平衡、编号连续、哈希值、合计。可能需要几秒钟；不会更改任何内容。",
        en="Reads the whole journal, the documents and the closings again: balance, numbers without gaps, hashes, "
        "sums. It may "
        "take some seconds; nothing is changed.",
    ),
    "check_now": Text(fr="Vérifier maintenant", zh="立即核查", en="Check now"),
    "sound": Text(
        fr="Tout est en ordre, le {at} : les règles ci-dessous sont respectées.",
        zh="{at} 核查：一切正常，下列规则均已满足。",
        en="All is well, on {at}: the rules below are kept.",
    ),
    "broken": Text(
        fr="{count} manquements. N’écrivez rien à la main dans la base ; prévenez qui s’occupe du programme.",
        zh="发现 {count} 处问题。请勿手动修改数据库；请通知程序维护人员。",
        en="{count} things are wrong. Write nothing into the database by hand; tell whoever looks after the program.",
    ),
    "rules": Text(fr="Ce qui est vérifié", zh="核查内容", en="What is checked"),
    "rule_kept": Text(fr="respectée", zh="满足", en="kept"),
    "rule_broken": Text(fr="non respectée", zh="未满足", en="broken"),
    "not_shown": Text(fr="… et {count} autres", zh="……另有 {count} 处", en="… and {count} more"),
}
