import { EditorView } from "@codemirror/view";
import { act, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import CodeEditor from "./CodeEditor";

/** Shows a value, and writes as a person would. */
function open(value: string) {
  const onChange = vi.fn<(value: string) => void>();
  const shown = (now: string) => <CodeEditor label="Query" value={now} onChange={onChange} />;
  const { rerender } = render(shown(value));
  const view = EditorView.findFromDOM(screen.getByRole("textbox", { name: "Query" }));
  if (!view) throw new Error("no editor");
  return {
    onChange,
    give: (now: string) => rerender(shown(now)),
    write: (text: string) =>
      act(() => view.dispatch({ changes: { from: view.state.doc.length, insert: text } })),
    text: () => view.state.doc.toString(),
  };
}

test("a late echo of the first letter does not take back the second", () => {
  const editor = open("");
  editor.write("S");
  editor.write("E");
  editor.give("S");
  expect(editor.text()).toBe("SE");
  editor.give("SE");
  expect(editor.text()).toBe("SE");
  expect(editor.onChange.mock.calls).toEqual([["S"], ["SE"]]);
});

test("a value from elsewhere replaces what is written and is not told back", () => {
  const editor = open("SELECT 1");
  editor.write("0");
  editor.give("SELECT 10");
  editor.give("SELECT 2");
  expect(editor.text()).toBe("SELECT 2");
  // Once more the text that was written before: it is no echo any more.
  editor.give("SELECT 10");
  expect(editor.text()).toBe("SELECT 10");
  expect(editor.onChange.mock.calls).toEqual([["SELECT 10"]]);
});
