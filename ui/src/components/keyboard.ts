/** Keys that a page listens to must not be taken from what people type into. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target instanceof HTMLElement ? event.target : null;
  return (
    target !== null &&
    (target.isContentEditable ||
      target.closest("input, textarea, select, [role=dialog], [role=menu], [contenteditable=true]") !== null)
  );
}
