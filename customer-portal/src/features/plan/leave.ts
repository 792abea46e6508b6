/** Send the browser to a page of the payment service, which our service has just made. */
export function leaveTo(url: string): void {
  const target = new URL(url);
  if (target.protocol !== "https:" && target.protocol !== "http:")
    throw new Error("not the address of a page");
  window.location.assign(target.href);
}
