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
<dd>\
% if entry.date is not None:
${parts.day(entry.day)} \
% endif
${entry.description}</dd>
% endif
</%def>
<%def name="days(row)">\
<tr id="${row.id}"><th scope="row">${row.title}</th><td>${parts.state(row.state)} <small>${parts.say(row.said)}</small></td><td>${parts.finished(row.bars)}</td>\
% for number, (ratio, coverage) in enumerate(row.uptimes):
<td class="n${' hide' if number > 1 else ''}">${parts.cell(ratio)}<br><small>${parts.cell(coverage)}</small></td>\
% endfor
</tr>
</%def>
<%def name="figure(drawn)">${parts.figure(drawn)}</%def>
<%def name="headed(entry)">\
<% group, drawn = entry %>\
<h2 class="group">${group}</h2>
${parts.figure(drawn)}\
</%def>
<%def name="incident(row)">\
<tr><td class="n hide"><data value="${row.number}">${row.number}</data></td><th scope="row">${row.title}</th><td class="w">${parts.state(row.state)}</td><td>${parts.cell(row.start)}</td><td class="hide">\
% if row.end:
${parts.cell(row.end)}</td><td class="n">${parts.cell(row.lasted)}\
% else:
–</td><td class="n">so far\
% endif
</td></tr>
</%def>
<%def name="item(sentence)"><li>${parts.say(sentence)}</li>
</%def>
<%def name="lanes(drawn)">\
<section class="wide" aria-labelledby="${drawn.id}">
<header><h2 id="${drawn.id}">${drawn.title}</h2><p>${parts.say(drawn.summary)}</p></header>
% for note in drawn.notes:
<p class="cap">${note}</p>
% endfor
${parts.key(drawn.legend)}\
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
% for more in record.more:
 <br>${more}\
% endfor
</span></li>
</%def>
<%def name="listed(card)">\
<tr><th scope="row" class="w"><a href="${site.base_path}${card.path.removeprefix('/')}">${card.title}/</a></th><td class="w hide">${card.status or "–"}</td><td class="w hide mute">drwxr-xr-x</td><td class="n hide">${parts.cell(card.size)}</td><td class="w hide">\
% if card.date:
${parts.day(card.date)}\
% else:
–\
% endif
</td><td>${parts.live(card)}</td><td class="hide">${card.description}</td></tr>
</%def>
<%def name="note(message)"><p class="note">${message}</p>
</%def>
<%def name="objective(entry)">\
<section aria-labelledby="${entry.id}" class="ob ${entry.css}">
<header><h2 id="${entry.id}">${entry.title}</h2><p><span class="${entry.words}">${entry.verdict}</span></p></header>
<p>${parts.large(entry.attained)} ${parts.say(entry.target)}</p>
<p class="cap">${parts.say(entry.budget)}</p>
% if entry.age:
<p class="note">${parts.say(entry.age)}</p>
% endif
${parts.notes(entry.notes)}\
${parts.finished(entry.burndown)}
<table>
<thead><tr><th scope="col" class="w">burn</th><th scope="col">0 to 20 ×, marks at 1 and at the alert</th><th scope="col" class="n">rate</th></tr></thead>
<tbody>
% for burn in entry.burns:
<tr><th scope="row">${burn.window}</th><td>${parts.finished(burn.gauge)}</td><td class="n w">${burn.glyph} ${parts.cell(burn.rate)} ×</td></tr>
% endfor
</tbody>
</table>
<details><summary>how it is counted</summary>
${parts.facts(entry.facts)}\
<p class="cap">${parts.say(entry.formula)}</p>
</details>
</section>
</%def>
<%def name="post(entry)">\
<tr><td class="w">${parts.day(entry.day)}</td><th scope="row"><a href="${site.base_path}${entry.path.removeprefix('/')}">${entry.title}</a></th><td class="hide">${entry.description}</td></tr>
</%def>
<%def name="project(card)">\
<section class="wide man k-${card.kind}" aria-label="${card.title}">
<header><h2><a href="${site.base_path}${card.path.removeprefix('/')}">${card.title}</a>(1)</h2><p>${parts.live(card)}</p></header>
${parts.manual(card)}\
</section>
</%def>
<%def name="row(entry)">\
<% cells, numeric = entry %>\
${parts.row(cells, numeric)}\
</%def>
<%def name="broad(drawn)"><div class="w8 k-metrics">${parts.figure(drawn, folded=True)}</div>
</%def>
<%def name="narrow(drawn)"><div class="w4 k-metrics">${parts.figure(drawn, folded=True)}</div>
</%def>
<%def name="service(row)">\
<% state = row.status.state %>\
<tr><th scope="row"><span class="${'none' if state == 'no data' else state}" aria-hidden="true">${state.glyph}</span> ${parts.cell(row.link)}</th>\
<td><span class="${'none' if state == 'no data' else state}">${state}</span>\
% if row.lasts:
 ${parts.cell(row.lasts)}\
% endif
</td><td>${parts.finished(row.bars)}</td><td class="n">${parts.say(row.uptime)}</td><td class="n">\
% if row.p95.raw:
${parts.cell(row.p95)}\
% else:
–\
% endif
</td><td class="hide ${row.css}">${parts.finished(row.spark)}</td></tr>
</%def>
<%def name="source(row)">\
<li><b class="${row.status}">${row.status.glyph}</b> <b>${row.name}</b> \
% if row.status != "fresh":
${row.status} \
% endif
% if row.fetched:
<time datetime="${row.fetched.raw}">${row.fetched.text[11:19]}</time>\
% else:
never\
% endif
% for reason in row.reasons:
 <span class="note">${reason}</span>\
% endfor
</li>
</%def>
<%def name="span(row)">\
<tr><th scope="row" class="${row.colour} d${row.depth}">\
% if row.error:
<b class="error">✖<span class="vh"> failed: </span></b> \
% endif
${row.service} <small>${row.name}</small></th><td class="n hide">${parts.ms(row.start, row.digits)}</td><td class="n">${parts.ms(row.duration, row.digits)}</td><td class="n hide">${parts.ms(row.critical, row.digits)}</td><td>${parts.finished(row.svg)}</td></tr>
</%def>
<%def name="tile(row)">\
<div class="${row.css}"><dt><a href="${site.base_path}${row.link.path.removeprefix('/')}">${row.link.text}${f", {row.name}" if row.name else ""}</a></dt><dd>${parts.large(row.value)}</dd><dd>\
% if row.state:
<span class="${'crit' if row.css == 'c' else 'warn'}">${row.state}</span> \
% endif
${parts.say(("last, at ", row.last, " " if row.change else "") if row.last else ())}${parts.say(row.change)}${parts.finished(row.svg)}</dd></div>
</%def>
<%def name="weight(row)">\
<tr><td>${row.path}</td><td>${parts.finished(row.bar)}</td><td class="n">${parts.cell(row.size)}</td></tr>
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
<%def name="wide(drawn)">${parts.figure(drawn, wide=True, folded=True)}</%def>
