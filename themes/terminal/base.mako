<%namespace name="parts" file="parts.mako"/>\
<% shell, style = view.shell, capture(self.style) %>\
<% policy = page_policy(style) %>\
<!doctype html>
<html lang="${site.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${parts.finished(policy)}">
<title>${shell.title} – ${site.title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="description" content="${shell.description}">
<meta name="color-scheme" content="${site.theme.scheme}">
<meta name="generator" content="sitegen">
${self.head()}\
<link rel="alternate" type="application/atom+xml" title="${site.title}" href="${site.base_path}feed.xml">
<link rel="icon" href="data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%2016%2016'%3E%3Cpath%20fill='%230b0e0d'%20d='M0%200h16v16H0z'/%3E%3Cpath%20stroke='%238cf5d8'%20stroke-width='2'%20fill='none'%20d='M3%204l4%204-4%204M8%2012h5'/%3E%3C/svg%3E">
<style>${parts.finished(style)}</style>
</head>
<body class="k-${shell.section}">
<a class="sk" href="#Main">skip to content</a>
<header class="top">
<div\
% if shell.anchor:
 id="${shell.anchor}"\
% endif
>
<p class="prompt">${shell.prompt}</p>
${self.crumb()}\
<h1>${self.title()}</h1>
<p>${shell.description}</p>
</div>
<div>
${self.aside()}\
% if shell.sentence:
<p>${parts.say(shell.sentence)}</p>
% endif
% if shell.built:
<p>snapshot of ${parts.cell(shell.built.at)}</p>
% endif
% if site.simulated:
<p class="note">simulated: nothing here was measured, and there is no such system</p>
% endif
</div>
</header>
<nav aria-label="pages">
<ul>
% for number, tab in enumerate(site.nav):
<li><a accesskey="${number}" href="${site.base_path}${tab.path}"${parts.current(tab.id == shell.section)}><b>${number}</b>:${tab.id}</a></li>
% endfor
</ul>
</nav>
<main id="Main">
${next.body()}\
</main>
<footer>
<b>${site.title}</b>
<span>${shell.section}</span>
<span class="hide">${self.hints()}</span>
% if shell.built:
<span>built ${parts.stamp(shell.built.at, False)}\
% if shell.built.duration:
, the last in ${parts.cell(shell.built.duration)}\
% endif
, next due ${parts.stamp(shell.built.next_due, False)} UTC</span>
% else:
<span>content of ${parts.cell(shell.made_at)}</span>
% endif
<span>${self.follow()}</span>
</footer>
</body>
</html>
<%def name="title()">${view.shell.title}</%def>\
<%def name="crumb()"></%def>\
<%def name="head()">\
% if site.base_url:
<link rel="canonical" href="${site.base_url}${page.path.removeprefix('/')}">
% endif
</%def>\
<%def name="hints()"><kbd>Tab</kbd> next, <kbd>Enter</kbd> open, <kbd>Ctrl-F</kbd> find</%def>\
<%def name="follow()">\
% if view.shell.built and site.follow:
<a href="${site.base_path}follow/">follow (-f)</a>\
% else:
is it still running? see the <a href="${site.base_path}">overview</a>\
% endif
</%def>
\
<%def name="aside()"></%def>\
<%def name="style()">${parts.finished(site.theme.css)}${self.panels()}${self.drawings()}</%def>\
<%def name="panels()">${parts.finished(site.theme.panels_css)}</%def>\
<%def name="drawings()">${parts.finished(site.theme.drawings_css)}${parts.finished(site.theme.details_css)}</%def>
