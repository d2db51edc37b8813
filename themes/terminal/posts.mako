<%inherit file="base.mako"/>\
<%def name="drawings()">${parts.finished(site.theme.prose_css)}</%def>\
<%namespace name="parts" file="parts.mako"/>\
<div class="grid">
<section aria-labelledby="posts" class="wide">
<header><h2 id="posts">ls -t posts/</h2><p>${parts.say(view.shell.sentence)}</p></header>
<table>
<thead><tr><th scope="col">date</th><th scope="col">title</th><th scope="col" class="hide">about</th></tr></thead>
<tbody>
${parts.finished(blocks["posts"])}\
</tbody>
</table>
</section>
</div>
${parts.tabs(view.pages, "more posts")}\
