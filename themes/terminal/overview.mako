<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<%def name="head()">\
% if site.base_url:
<link rel="canonical" href="${site.base_url}">
% endif
% if view.follow:
<meta http-equiv="refresh" content="${int(site.cycle)}">
<meta name="robots" content="noindex">
% endif
</%def>\
<%def name="follow()">\
% if view.follow:
<a href="${site.base_path}">stop following</a>\
% else:
<a href="${site.base_path}follow/">follow (-f)</a>\
% endif
</%def>\
% if view.follow:
<p>This page reloads itself every ${int(site.cycle)} seconds. <a href="${site.base_path}">Stop following</a></p>
% endif
<div class="grid">
<section aria-labelledby="services">
<h2 id="services">services</h2>
<table>
<thead><tr><th scope="col">service</th><th scope="col">state</th><th scope="col" class="n">latency</th><th scope="col" class="hide">last hour</th></tr></thead>
<tbody>
% for row in view.services:
<tr><td>${row.status.title}</td><td class="w">${parts.state(row.status.state)}</td><td class="n">${parts.cell(row.latency)}</td><td class="hide">${parts.finished(row.spark)}</td></tr>
% endfor
</tbody>
</table>
% if view.more_services:
<p class="cap">${parts.say(view.more_services)} <a href="${site.base_path}slo/">all services</a></p>
% endif
</section>
<section aria-labelledby="slo">
<h2 id="slo">availability</h2>
<p class="cap">${parts.say(view.slo_title)}</p>
${parts.facts(view.slo_facts)}\
${parts.finished(view.slo_bars)}
<p><a href="${site.base_path}slo/">how it is counted</a></p>
</section>
<section aria-labelledby="key">
<h2 id="key">key metrics</h2>
<table>
<thead><tr><th scope="col">metric</th><th scope="col" class="n">now</th><th scope="col" class="hide">trend</th></tr></thead>
<tbody>
% for row in view.stats:
<tr><td>${parts.cell(row.link)}</td><td class="n">${parts.cell(row.value)}</td><td class="hide">${parts.finished(row.spark)}</td></tr>
% endfor
</tbody>
</table>
</section>
<section aria-labelledby="sources">
<h2 id="sources">sources</h2>
<table>
<thead><tr><th scope="col">source</th><th scope="col">state</th><th scope="col">last answer</th></tr></thead>
<tbody>
% for row in view.sources:
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
% endfor
</tbody>
</table>
% if view.more_sources:
<p class="cap">${parts.say(view.more_sources)}</p>
% endif
</section>
% if view.chart:
${parts.figure(view.chart, wide=True)}\
% endif
% if view.slowest:
<section aria-labelledby="slowest" class="wide">
<h2 id="slowest">slowest trace</h2>
<p class="cap">${parts.cell(view.slowest_link)}</p>
${parts.waterfall(view.slowest)}\
</section>
% endif
<section aria-labelledby="log" class="wide">
<h2 id="log">last log lines</h2>
% if view.log:
<ol class="log">
% for record in view.log:
${parts.line(record, ())}\
% endfor
</ol>
% else:
<p class="none">no lines yet</p>
% endif
</section>
</div>
<p class="stamp">Snapshot of ${parts.cell(view.shell.built.at)}. If that is more than ${parts.cell(view.shell.built.stale_after)} ago, the builder has stopped.</p>
