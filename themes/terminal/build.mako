<%inherit file="base.mako"/>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
${parts.figure(view.lanes, wide=True)}\
<section aria-labelledby="facts">
<h2 id="facts">this build</h2>
${parts.facts(view.facts)}\
${parts.notes(view.problems)}\
</section>
<section aria-labelledby="history">
<h2 id="history">builds before</h2>
${parts.finished(view.spark)}
${parts.table(view.history, "builds before")}\
</section>
<section aria-labelledby="pages" class="wide">
<h2 id="pages">pages by size</h2>
${parts.table(view.pages, "pages by size")}\
</section>
</div>
<p class="stamp"><a href="${site.base_path}techniques/">How it is done: the patterns behind this build</a></p>
