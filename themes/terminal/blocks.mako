<%namespace name="parts" file="parts.mako"/>\
## Every block that a page is packed from: a def for each, given one value.
% for block in blocks:
${getattr(self, block.part)(block.value)}${parts.finished(between)}\
% endfor
<%def name="attributes(entry)">\
<% name, pairs = entry %>\
<details><summary>${name}</summary>
${parts.facts(pairs)}\
</details>
</%def>
<%def name="call(row)">\
<tr><th scope="row">${row.caller} → ${row.callee}</th><td class="n hide">${parts.cell(row.calls)}</td><td class="n">${parts.cell(row.p95)}</td><td class="n">\
% if row.state == "up":
${parts.cell(row.failed)}\
% else:
<span class="${row.state}">${row.state.glyph} ${parts.cell(row.failed)}</span>\
% endif
</td><td>${parts.finished(row.bar)}</td></tr>
</%def>
<%def name="card(entry)">\
<dt><a href="${site.base_path}${entry.path.removeprefix('/')}">${entry.title}</a></dt>
% if entry.description:
<dd>${entry.description}</dd>
% endif
</%def>
<%def name="figure(drawn)">${parts.figure(drawn)}</%def>
<%def name="headed(entry)">\
<% group, drawn = entry %>\
<h2 class="group">${group}</h2>
${parts.figure(drawn)}\
</%def>
<%def name="item(sentence)"><li>${parts.say(sentence)}</li>
</%def>
<%def name="lanes(drawn)">\
<section class="wide" aria-labelledby="${drawn.id}">
<header><h2 id="${drawn.id}">${drawn.title}</h2><p>${parts.say(drawn.summary)}</p></header>
% for note in drawn.notes:
<p class="cap">${note}</p>
% endfor
<ul class="key">
% for entry in drawn.legend:
<li class="${entry.series_class}">${entry.name} ${parts.say(entry.value)}</li>
% endfor
</ul>
${parts.finished(drawn.svg)}
% if drawn.table:
<details><summary>data table</summary>
${parts.table(drawn.table, drawn.title)}\
</details>
% endif
</section>
</%def>
<%def name="line(line)">\
<% record = line.record %>\
% if line.day:
<li class="day"><time datetime="${line.day}">${line.day}</time></li>
% endif
<li>\
% if record.time is not None:
${parts.clock(record.time)}\
% else:
<span class="mute">–</span>\
% endif
 <b class="${record.level}">${record.level.upper() if record.level in ("warn", "error", "fatal") else record.level}</b> <span>${record.service}</span> <span>${record.message}\
% for key, value in record.fields.items():
 <span class="mute">${key}=${value}</span>\
% endfor
% if line.repeats > 1:
 <small>×<data value="${line.repeats}">${line.repeats}</data></small>\
% endif
% if record.trace_id:
 <a href="${site.base_path}traces/${record.trace_id}/">${record.trace_id[:8]}</a>\
% endif
</span></li>
</%def>
<%def name="note(message)"><p class="note">${message}</p>
</%def>
<%def name="panel(entry)">\
<section aria-labelledby="${entry.id}">
<h2 id="${entry.id}">${entry.title}</h2>
<p class="cap">${parts.say(entry.sentence)}</p>
${parts.notes(entry.notes)}\
${parts.finished(entry.bars)}
${parts.facts(entry.facts)}\
% if entry.formula:
<p class="cap">${parts.say(entry.formula)}</p>
% endif
% if entry.incidents:
<details><summary>incidents</summary>
<ul>
% for incident in entry.incidents:
<li>${parts.say(incident)}</li>
% endfor
</ul>
</details>
% endif
</section>
</%def>
<%def name="row(entry)">\
<% cells, numeric = entry %>\
${parts.row(cells, numeric)}\
</%def>
<%def name="service(row)">\
<tr><td>${row.status.title}</td><td class="w">${parts.state(row.status.state)}</td><td class="n">${parts.cell(row.latency)}</td><td class="hide">${parts.finished(row.spark)}</td></tr>
</%def>
<%def name="source(row)">\
<tr><td>${row.name}</td><td class="w">${parts.freshness(row.status)}</td><td>\
% if row.fetched:
${parts.cell(row.fetched)}\
% else:
<span class="none">never</span>\
% endif
</td></tr>
% for message in row.messages:
<tr><td colspan="3" class="note">${message}</td></tr>
% endfor
</%def>
<%def name="span(row)">\
<tr><th scope="row" class="${row.colour} d${row.depth}">\
% if row.error:
<b class="error">✖<span class="vh"> failed: </span></b> \
% endif
${row.service} <small>${row.name}</small></th><td class="n hide">${parts.ms(row.start, row.digits)}</td><td class="n">${parts.ms(row.duration, row.digits)}</td><td class="n hide">${parts.ms(row.critical, row.digits)}</td><td>${parts.finished(row.svg)}</td></tr>
</%def>
<%def name="stat(row)">\
<tr><td>${parts.cell(row.link)}</td><td class="n">${parts.cell(row.value)}</td><td class="hide">${parts.finished(row.spark)}</td></tr>
</%def>
<%def name="trace(row)">\
<tr><th scope="row" class="${row.colour}">\
% if row.path:
<a href="${site.base_path}${row.path.removeprefix('/')}">${row.service} ${row.name}</a>\
% else:
${row.service} <small>${row.name}</small>\
% endif
</th><td class="hide">${parts.stamp(row.start, row.dated)}</td><td class="n">${parts.cell(row.duration)}</td><td class="n hide"><data value="${row.spans}">${row.spans}</data></td><td class="n">\
% if row.errors:
<span class="error">✖ <data value="${row.errors}">${row.errors}</data></span>\
% endif
</td><td>${parts.finished(row.bar)}</td></tr>
</%def>
<%def name="wide(drawn)">${parts.figure(drawn, wide=True)}</%def>
