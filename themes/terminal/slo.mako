<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
% if "objectives" in blocks:
${parts.finished(blocks["objectives"])}\
% endif
% if "days" in blocks:
<section aria-labelledby="days" class="wide">
<header><h2 id="days">days</h2><p><span class="down">✖</span> down <span class="degraded">▲</span> degraded <span class="up">●</span> up, each bar a day; under a ratio how much was observed</p></header>
<table class="sv dy">
<thead><tr><th scope="col">service</th><th scope="col">state</th><th scope="col">${parts.finished(view.months)}<span class="vh">90 days</span></th>\
% for number, window in enumerate(view.windows):
<th scope="col" class="n${' hide' if number > 1 else ''}">${window}</th>\
% endfor
</tr></thead>
<tbody>
${parts.finished(blocks["days"])}\
</tbody>
</table>
<details><summary>how it is counted</summary>
<p class="cap">${view.formula}</p>
</details>
</section>
% endif
% for own in view.own:
<section aria-labelledby="own${loop.index}" class="wide">
<header><h2 id="own${loop.index}">this site</h2><p>${own.title}, as its probes find it</p></header>
${parts.facts(own.facts)}\
<details><summary>how it is counted</summary>
<p class="cap">${parts.say(own.formula)}</p>
</details>
</section>
% endfor
% if "maintenance" in blocks:
<section aria-labelledby="maintenance" class="wide">
<header><h2 id="maintenance">maintenance</h2><p>planned, and of the last 30 days</p></header>
<ul>
${parts.finished(blocks["maintenance"])}\
</ul>
</section>
% endif
% if "incidents" in blocks:
<section aria-labelledby="incidents" class="wide">
<header><h2 id="incidents">incidents</h2><p>${parts.say(view.summary)}</p></header>
${parts.finished(view.timeline)}
<table>
<thead><tr><th scope="col" class="n hide">#</th><th scope="col">service</th><th scope="col">state</th><th scope="col">began</th><th scope="col" class="hide">ended</th><th scope="col" class="n">lasted</th></tr></thead>
<tbody>
${parts.finished(blocks["incidents"])}\
</tbody>
</table>
% if view.earlier:
<p class="cap">${parts.say(view.earlier)}</p>
% endif
</section>
% endif
</div>
${parts.tabs(view.pages, "more of availability")}\
