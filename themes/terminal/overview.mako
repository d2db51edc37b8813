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
% if "services" in blocks:
${parts.finished(blocks["services"])}\
% endif
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
% if "stats" in blocks:
${parts.finished(blocks["stats"])}\
% endif
</tbody>
</table>
</section>
<section aria-labelledby="sources">
<h2 id="sources">sources</h2>
<table>
<thead><tr><th scope="col">source</th><th scope="col">state</th><th scope="col">last answer</th></tr></thead>
<tbody>
% if "sources" in blocks:
${parts.finished(blocks["sources"])}\
% endif
</tbody>
</table>
% if view.more_sources:
<p class="cap">${parts.say(view.more_sources)} <a href="${site.base_path}status.json">all sources</a></p>
% endif
</section>
% if "chart" in blocks:
${parts.finished(blocks["chart"])}\
% endif
% if "spans" in blocks:
<section aria-labelledby="slowest" class="wide">
<h2 id="slowest">slowest trace</h2>
<p class="cap">${parts.cell(view.slowest_link)}</p>
${parts.waterfall(view.ticks, blocks["spans"], view.guides)}\
</section>
% endif
<section aria-labelledby="log" class="wide">
<h2 id="log">last log lines</h2>
% if "lines" in blocks:
<ol class="log">
${parts.finished(blocks["lines"])}\
</ol>
% else:
<p class="none">no lines yet</p>
% endif
</section>
</div>
<p class="stamp">Snapshot of ${parts.cell(view.shell.built.at)}. If that is more than ${parts.cell(view.shell.built.stale_after)} ago, the builder has stopped.</p>
