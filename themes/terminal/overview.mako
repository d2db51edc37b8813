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
<%def name="title()">${site.title}</%def>\
<%def name="hints()"><kbd>Tab</kbd> next, <kbd>Enter</kbd> open, <kbd>Ctrl-F</kbd> find, <kbd>${f"curl {site.base_url}index.txt" if site.base_url else "cat dist/index.txt"}</kbd></%def>\
<%def name="drawings()">${parts.finished(site.theme.drawings_css)}${parts.finished(site.theme.overview_css)}</%def>\
<%def name="follow()">\
% if view.follow:
<a href="${site.base_path}">stop following</a>\
% elif site.follow:
<a href="${site.base_path}follow/">follow (-f)</a>\
% endif
</%def>\
<%def name="charts()">\
% if "charts" in blocks:
${parts.finished(blocks["charts"])}\
% endif
</%def>\
<%def name="strip(wide)">\
<section aria-labelledby="build" class="${'wide' if wide else 'w4 strip'} k-build">
<header><h2 id="build"><a href="${site.base_path}build/">this build</a></h2><p>${parts.say(view.build)}</p></header>
% if view.key:
${parts.key(view.key)}\
% endif
${parts.finished(view.lanes)}
</section>
</%def>\
% if view.follow:
<p>This page reloads itself every ${int(site.cycle)} seconds. <a href="${site.base_path}">Stop following</a></p>
% endif
<% worst = view.banner[0].state %>\
<ul class="bn ${'none' if worst == 'no data' else worst}">
% for line in view.banner:
<li><span class="${'none' if line.state == 'no data' else line.state}">${line.state.glyph}</span> <b>${parts.say(line.what)}</b> <span>${parts.say(line.why)}</span> ${parts.cell(line.link)}</li>
% endfor
</ul>
% if "tiles" in blocks:
<dl class="ti tiles">
${parts.finished(blocks["tiles"])}\
</dl>
% endif
<div class="grid${' thirds' if view.thirds else ''}">
% if "services" in blocks:
<section aria-labelledby="services" class="wide">
<header><h2 id="services"><a href="${site.base_path}slo/">services</a></h2><p><span class="down">✖</span> down <span class="degraded">▲</span> degraded <span class="up">●</span> up, each bar a day</p></header>
<table class="sv">
<thead><tr><th scope="col">service</th><th scope="col">state</th><th scope="col"><span class="vh">90 days, today last</span>${parts.finished(view.months)}</th><th scope="col" class="n">90 d</th><th scope="col" class="n">p95</th><th scope="col" class="hide">last hour</th></tr></thead>
<tbody>
${parts.finished(blocks["services"])}\
</tbody>
</table>
% if view.more_services:
<p class="cap">${parts.say(view.more_services)} <a href="${site.base_path}slo/">all services</a></p>
% endif
</section>
% endif
% if view.leads_on:
${strip(wide=True)}\
% endif
% if not view.leads_on:
${charts()}\
% endif
% if "spans" in blocks:
<section aria-labelledby="slowest" class="w6 k-traces">
<header><h2 id="slowest">${parts.cell(view.slowest_link)}</h2><p>${parts.say(view.slowest)}</p></header>
${parts.waterfall(view.ticks, blocks["spans"], view.guides)}\
</section>
% endif
% if "lines" in blocks:
<section aria-labelledby="log" class="w6 k-logs">
<header><h2 id="log"><a href="${site.base_path}logs/">log</a></h2><p>${parts.say(view.log)}</p></header>
<ol class="log">
${parts.finished(blocks["lines"])}\
</ol>
</section>
% endif
% if view.leads_on:
${charts()}\
% endif
% if "weights" in blocks:
<section aria-labelledby="weights" class="w4 k-build">
<header><h2 id="weights"><a href="${site.base_path}build/">pages by weight</a></h2><p>brotli, of <data value="13000">13 kB</data></p></header>
<table><tbody>
${parts.finished(blocks["weights"])}\
</tbody></table>
</section>
% endif
% if view.leads_on:
<section aria-labelledby="next" class="w8">
<header><h2 id="next">next</h2><p>leaves this page with your first source, probe or target</p></header>
<dl class="kv">
<dt><b>$ sitegen serve</b></dt><dd><b>a live page</b> on this machine, built anew every ${int(site.cycle)} s; your visits fill its chart of requests</dd>
<dt><b>$ sitegen demo</b></dt><dd><b>the same pages, full</b>: a simulated shop of 8 services, 90 days, 200 traces, one incident</dd>
<dt><b>$ sitegen check</b></dt><dd><b>a Prometheus</b>: once it stands in sitegen.toml, its panels, services and objectives take this place
<pre>[[metrics.sources]]
name = "prometheus"
type = "prometheus"
url = "http://127.0.0.1:9090"</pre></dd>
</dl>
<p class="mute">probes, objectives, traces and logs stand in sitegen.toml too, commented out</p>
</section>
% else:
${strip(wide=False)}\
% endif
% if "sources" in blocks:
<section aria-labelledby="sources" class="${'w4' if view.leads_on else 'w8'}">
<header><h2 id="sources"><a href="${site.base_path}status.json">sources</a></h2><p>${parts.say(view.answering)}</p></header>
<ul class="tabs">
${parts.finished(blocks["sources"])}\
</ul>
</section>
% endif
</div>
<p class="stamp">Snapshot of ${parts.cell(view.shell.built.at)}. If that is more than ${parts.cell(view.shell.built.stale_after)} ago, the builder has stopped.</p>
