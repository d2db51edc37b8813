<%! from sitegen.units import Instant, Quantity
from sitegen.visualization.model import Bar, Link %>\
## The one place where finished markup passes unescaped: SVG from svg.py, prose from markdown.py, the style sheet.
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
<span class="none">no data</span>\
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
<%def name="freshness(status)">\
<% glyph = {"fresh": "●", "stale": "▲", "expired": "✖"}.get(status, "○") %>\
<span class="${status}">${glyph} ${status}</span>\
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
% for value, right in zip(cells, numeric):
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
<%def name="figure(drawn, wide=False)">\
<section aria-labelledby="${drawn.id}"${' class=wide' if wide else ''}>
<h2 id="${drawn.id}">${drawn.title}</h2>
<figure>
<figcaption class="cap">${say(drawn.summary)}</figcaption>
% if drawn.age:
<p class="note">${say(drawn.age)}</p>
% endif
${notes(drawn.notes)}\
${finished(drawn.svg)}
% if drawn.legend:
<ul class="leg">
% for entry in drawn.legend:
<li class="${entry.series_class}">${entry.name} ${say(entry.value)}</li>
% endfor
</ul>
% endif
</figure>
% if drawn.table:
<details><summary>data table</summary>
${table(drawn.table, drawn.title)}\
</details>
% endif
% if drawn.csv:
<p><a href="${site.base_path}${drawn.csv.removeprefix('/')}">csv</a></p>
% endif
</section>
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
<%def name="clock(at)">\
<% instant = Instant(at) %>\
<time datetime="${instant.raw}">${instant.raw[11:-1]}</time>\
</%def>\
<%def name="ms(quantity, digits)">\
% if quantity is None:
–\
% else:
<data value="${quantity.raw}">${f"{quantity.value * 1000:,.{digits}f}"}</data>\
% endif
</%def>\
<%def name="waterfall(ticks, rows, guides)">\
<div class="wft">
<table>
<thead><tr><th scope="col">span</th><th scope="col" class="n hide">start ms</th><th scope="col" class="n">ms</th><th scope="col" class="n hide">critical</th><th scope="col"><span class="ax">\
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
<% amount, _, unit = figure.text.rpartition(" ") if figure.raw and figure.unit else (figure.text, "", "") %>\
% if figure.raw:
<data value="${figure.raw}"><b>${amount or unit}</b> ${unit if amount else ""}</data>\
% else:
<span class="none">no data</span>\
% endif
</%def>
