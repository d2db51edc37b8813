<%! from sitegen.units import Instant, Quantity
from sitegen.visualization.model import Link %>\
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
<%def name="table(data, label)">\
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
% for row in data.rows:
<tr>
% for value, numeric in zip(row, data.numeric):
<td${number(numeric)}>${cell(value)}</td>
% endfor
</tr>
% endfor
</tbody>
</table>
</div>
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
<%def name="line(record, linked)">\
<li>\
% if record.time is not None:
${stamp(record.time)} \
% endif
<b class="${record.level}">${f"{record.level.upper():5}"}</b> ${record.service}: ${record.message}\
% for key, value in record.fields.items():
 <span class="mute">${key}=${value}</span>\
% endfor
% if record.trace_id and record.trace_id in linked:
 <a href="${site.base_path}traces/${record.trace_id}/">trace ${record.trace_id[:8]}</a>\
% endif
</li>
</%def>\
<%def name="stamp(at)">\
<% instant = Instant(at) %>\
<time datetime="${instant.raw}">${instant.text.removesuffix(" UTC")}</time>\
</%def>\
<%def name="waterfall(drawn)">\
<div class="box" role="region" tabindex="0" aria-label="spans, table">
<table class="wft">
<thead><tr><th scope="col">span</th><th scope="col" class="n">start</th><th scope="col" class="n">duration</th><th scope="col"><span class="ax">\
% for tick in drawn.ticks:
${cell(tick)}\
% endfor
</span></th></tr></thead>
<tbody>
% for row in drawn.rows:
<tr class="d${min(row.depth, 8)}"><td>\
% if row.error:
<span class="error">✖ error</span> \
% endif
${row.service} ${row.name}</td><td class="n">${cell(row.start)}</td><td class="n">${cell(row.duration)}</td><td>${finished(row.svg)}</td></tr>
% endfor
</tbody>
</table>
</div>
</%def>
