<%inherit file="base.mako"/>\
<%def name="drawings()"></%def>\
<%namespace name="parts" file="parts.mako"/>\
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
</%def>\
<div class="grid">
% for entry in view.services:
${panel(entry)}\
% endfor
% for entry in view.objectives:
${panel(entry)}\
% endfor
% if view.maintenance:
<section aria-labelledby="maintenance">
<h2 id="maintenance">maintenance</h2>
<ul>
% for sentence in view.maintenance:
<li>${parts.say(sentence)}</li>
% endfor
</ul>
</section>
% endif
</div>
${parts.tabs(view.pages, "more services")}\
