<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
% if view.card:
<section class="man" aria-labelledby="Card">
<header><h2 id="Card">${view.card.title}</h2><p>${parts.live(view.card)}</p></header>
${parts.manual(view.card)}\
</section>
% endif
<div class="prose">
${parts.finished(view.content.body_html)}
</div>
