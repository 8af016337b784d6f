/**
 * Links of a page that is seen through the proxy: those that start at the root of the proxied server must start below the
 * proxy's own path. Only whole pages of bounded size are rewritten; anything else passes as it is.
 */

/** A page that is larger passes unchanged. */
export const pageBytesMax = 4 * 1024 * 1024;

/** Attributes of HTML that hold one URL. */
const linkAttributes =
  /(\s(?:href|src|action|cite|background|longdesc|codebase|usemap|data|classid|profile|formaction|icon|manifest|poster)\s*=\s*)(?:"([^"]*)"|'([^']*)')/gi;
const tag = /<[a-z][^<>]*>/gi;

/** `origin`: of the proxied server. `prefix`: the path at which it is seen, without a slash at its end. */
export function rewriteLinks(html: string, origin: string, prefix: string): string {
  return html.replace(tag, (element) =>
    element.replace(linkAttributes, (whole, name: string, double: string | undefined, single: string | undefined) => {
      const link = double ?? single ?? "";
      const next = rewritten(link, origin, prefix);
      if (next === link) return whole;
      const quote = double === undefined ? "'" : '"';
      return `${name}${quote}${next}${quote}`;
    }),
  );
}

function rewritten(link: string, origin: string, prefix: string): string {
  if (link.startsWith(`${origin}/`)) return `${prefix}${link.slice(origin.length)}`;
  return link.startsWith("/") && !link.startsWith("//") && !link.startsWith(`${prefix}/`) ? `${prefix}${link}` : link;
}
