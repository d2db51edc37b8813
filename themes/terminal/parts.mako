<%! from sitegen.units import Instant, Quantity
from sitegen.visualization.model import Bar, Link %>\
## The one place where finished markup passes unescaped: SVG from svg.py, prose from markdown.py, the style sheet and its policy.
<%def name="finished(markup)">${markup | n}</%def>\
<%def name="current(yes)">\
% if yes:
 aria-current="page"\
% endif
</%def>\
<%def name="cell(value)">\
% if isinstance(value, Quantity):
% if value.raw:
<data value="${value.raw}">${value.text}</data>\
% else:
<span class="none">${value.text}</span>\
% endif
% elif isinstance(value, Instant):
<time datetime="${value.raw}">${value.text}</time>\
% elif isinstance(value, Link):
<a href="${site.base_path}${value.path.removeprefix('/')}">${value.text}</a>\
% elif isinstance(value, Bar):
${finished(value.svg)}\
% elif isinstance(value, tuple):
${say(value)}\
% else:
${value}\
% endif
</%def>\
<%def name="say(sentence)">\
% for part in sentence:
${cell(part)}\
% endfor
</%def>\
<%def name="state(status)">\
<span class="${'none' if status == 'no data' else status}">${status.glyph} ${status}</span>\
</%def>\
<%def name="table(data, label, rows=None)">\
<div class="box" role="region" tabindex="0" aria-label="${label}, table">
<table>
% if data.caption:
<caption>${data.caption}</caption>
% endif
<thead><tr>
% for head, numeric in zip(data.head, data.numeric):
<th scope="col"${number(numeric)}>${head}</th>
% endfor
</tr></thead>
<tbody>
% for cells in data.rows:
${row(cells, data.numeric)}\
% endfor
% if rows:
${finished(rows)}\
% endif
</tbody>
</table>
</div>
</%def>\
<%def name="row(cells, numeric)">\
<tr>
<th scope="row"${number(numeric[0])}>${cell(cells[0])}</th>
% for value, right in zip(cells[1:], numeric[1:]):
<td${number(right)}>${cell(value)}</td>
% endfor
</tr>
</%def>\
<%def name="number(yes)">\
% if yes:
 class="n"\
% endif
</%def>\
<%def name="notes(messages)">\
% for message in messages:
<p class="note">${message}</p>
% endfor
</%def>\
<%def name="figure(drawn, wide=False, folded=False)">\
<section aria-labelledby="${drawn.id}"${' class=wide' if wide else ''}>
<header><h2 id="${drawn.id}">\
% if drawn.path:
<a href="${site.base_path}${drawn.path.removeprefix('/')}">${drawn.title}</a>\
% else:
${drawn.title}\
% endif
</h2><p>${say(drawn.summary)}</p></header>
<figure>
${finished(drawn.svg)}
% if drawn.legend and drawn.legend[0].cells and not folded:
${series(drawn)}\
% elif drawn.legend and not drawn.legend[0].cells:
<ul class="leg">
% for entry in drawn.legend:
<li class="${entry.series_class}">${entry.name} ${say(entry.value)}</li>
% endfor
</ul>
% endif
</figure>
% if drawn.table or folded:
<details><summary>data<span class="vh"> of ${drawn.title}</span></summary>
% if drawn.table:
${table(drawn.table, drawn.title)}\
% elif drawn.legend and drawn.legend[0].cells:
${series(drawn)}\
% endif
${csv(drawn)}\
% if folded:
${remarks(drawn)}\
% endif
</details>
% else:
${csv(drawn)}\
% endif
% if drawn.age:
<p class="note">${say(drawn.age)}</p>
% endif
${notes(drawn.notes)}\
% if not folded:
${remarks(drawn)}\
% endif
</section>
</%def>\
<%def name="remarks(drawn)">\
% if drawn.remarks:
<p class="mute">\
% for remark in drawn.remarks:
${say(remark)} \
% endfor
</p>
% endif
</%def>\
<%def name="csv(drawn)">\
% if drawn.csv:
<p><a href="${site.base_path}${drawn.csv.removeprefix('/')}">csv of ${drawn.title}</a></p>
% endif
</%def>\
<%def name="series(drawn)">\
<table class="lg">
<thead><tr><th scope="col">series</th><th scope="col">${drawn.column}</th><th scope="col">min</th><th scope="col">max</th><th scope="col">at</th></tr></thead>
<tbody>
% for entry in drawn.legend:
<tr><th scope="row"><i class="${entry.series_class}"></i>${entry.name}\
% if entry.state:
 <span class="${'crit' if entry.state == 'crit' else 'warn'}">${"✖" if entry.state == "crit" else "▲"} ${entry.state}</span>\
% endif
</th>\
% for value in entry.cells:
<td>${cell(value)}</td>\
% endfor
</tr>
% endfor
</tbody>
</table>
</%def>\
<%def name="key(entries)">\
<ul class="key">
% for entry in entries:
<li class="${entry.series_class}">${entry.name} ${say(entry.value)}</li>
% endfor
</ul>
</%def>\
<%def name="facts(pairs)">\
<dl class="kv">
% for name, value in pairs:
<dt>${name}</dt><dd>${cell(value)}</dd>
% endfor
</dl>
</%def>\
<%def name="tabs(entries, label)">\
% if len(entries) > 1:
<nav class="tabs" aria-label="${label}">
% for link, here in entries:
<a href="${site.base_path}${link.path.removeprefix('/')}"${current(here)}>${link.text}</a>
% endfor
</nav>
% endif
</%def>\
<%def name="stamp(instant, dated)">\
<time datetime="${instant.raw}">${instant.raw[5:10] + " " if dated else ""}${instant.raw[11:19]}</time>\
</%def>\
<%def name="clock(at)">\
<% instant = Instant(at) %>\
<time datetime="${instant.raw}">${instant.raw[11:-1]}</time>\
</%def>\
<%def name="ms(quantity, digits)">\
% if quantity is None or quantity.value is None:
–\
% else:
<data value="${quantity.raw}">${f"{quantity.value * 1000:,.{digits}f}"}</data>\
% endif
</%def>\
<%def name="waterfall(ticks, rows, guides)">\
<div class="lst wft">
<table>
<thead class="hide"><tr><th scope="col">span</th><th scope="col" class="n hide">start ms</th><th scope="col" class="n">ms</th><th scope="col" class="n hide">critical</th><th scope="col"><span class="ax">\
% for tick in ticks:
${cell(tick)}\
% endfor
</span></th></tr></thead>
<tbody>
${finished(rows)}\
</tbody>
</table>
${finished(guides)}
</div>
</%def>
\
<%def name="large(figure)">\
% if isinstance(figure, Instant):
<time datetime="${figure.raw}"><b>${figure.text[11:19]}</b></time>\
<% return "" %>\
% endif
<% amount, _, unit = figure.text.rpartition(" ") if figure.raw and figure.unit else (figure.text, "", "") %>\
% if figure.raw:
<data value="${figure.raw}"><b>${amount or unit}</b> ${unit if amount else ""}</data>\
% else:
<span class="none">${figure.text}</span>\
% endif
</%def>\
<%def name="day(instant)">\
<time datetime="${instant.raw}">${instant.text}</time>\
</%def>\
<%def name="live(card)">\
% if card.state:
${state(card.state)}\
% if card.since:
 since ${cell(card.since)}\
% endif
% else:
–\
% endif
</%def>\
<%def name="manual(card)">\
<dl>
<dt>name</dt><dd><b>${card.title}</b>${f" – {card.description}" if card.description else ""}</dd>
% if card.synopsis:
<dt>synopsis</dt><dd><code>$ ${card.synopsis}</code></dd>
% endif
% if card.summary:
<dt>description</dt><dd>${card.summary}</dd>
% endif
% if card.status or card.tags:
<dt>status</dt><dd>\
% if card.status:
<b class="chip">${card.status}</b> \
% endif
% for tag in card.tags:
<span class="tag">${tag}</span> \
% endfor
</dd>
% endif
% if card.links:
<dt>see also</dt><dd>\
% for number, (word, url) in enumerate(card.links):
${", " if number else ""}<a rel="noopener noreferrer" href="${url}">${word}</a>\
% endfor
</dd>
% endif
</dl>
</%def>
