/** The names of images: https://pkg.go.dev/github.com/distribution/reference */

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domain =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const tagForm = /^\w[\w.-]{0,127}$/;
const digestForm = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
/** An image's own identifier, which is no name. */
const identifier = /^[a-f0-9]{64}$/;
const nameLengthMax = 255;

/**
 * The tag that an image is pulled by: `latest` when neither tag nor digest is given, empty when only a digest is.
 * Undefined for what is no name of an image.
 */
export function tagOf(image: string): string | undefined {
  if (identifier.test(image)) return undefined;
  const at = image.indexOf("@");
  const digest = at < 0 ? undefined : image.slice(at + 1);
  if (digest !== undefined && !digestForm.test(digest)) return undefined;
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !tagForm.test(tag)) return undefined;
  if (!isRepository(colon < 0 ? rest : rest.slice(0, colon))) return undefined;
  return tag ?? (digest === undefined ? "latest" : "");
}

/** The first part is a registry's host when it looks like one. */
function isRepository(name: string): boolean {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  if (isHost && !domain.test(first)) return false;
  const path = isHost ? name.slice(slash + 1) : name;
  const whole = isHost ? name : `docker.io/${slash < 0 ? `library/${name}` : name}`;
  return whole.length <= nameLengthMax && path.split("/").every((part) => component.test(part));
}
