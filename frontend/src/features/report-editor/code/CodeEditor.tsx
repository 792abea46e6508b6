/** CodeMirror for a query or an expression. Loaded when first shown: it is larger than the rest of the editor. */
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  MariaSQL,
  MSSQL,
  PLSQL,
  PostgreSQL,
  sql,
  SQLite,
  type SQLDialect,
  type SQLNamespace,
} from "@codemirror/lang-sql";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Completion } from "@codemirror/autocomplete";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import styles from "./code.module.css";
import { complete } from "./completions";

export interface CodeHandle {
  /** Put a text where the cursor is. */
  insert: (text: string) => void;
  focus: () => void;
}

export interface CodeEditorProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Ids of texts that describe it. */
  describedBy?: string | undefined;
  isInvalid?: boolean;
  minHeight?: number;
  hasLineNumbers?: boolean;
  /** What the source's queries are written in. */
  dialect?: string;
  /** Tables and columns, for a query. */
  schema?: SQLNamespace;
  /** The table whose columns are offered without its name before them. */
  mainTable?: string | undefined;
  /** What an expression may use. */
  completions?: Completion[];
  handle?: Ref<CodeHandle>;
}

const DIALECTS: Record<string, SQLDialect> = { mysql: MariaSQL, tsql: MSSQL, oracle: PLSQL, sqlite: SQLite };

/** A change that came by `value`: its giver knows of it. */
const given = Annotation.define<boolean>();

function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

function language({ dialect, schema, mainTable, completions }: CodeEditorProps): Extension {
  if (completions)
    return [sql({ dialect: PostgreSQL }), autocompletion({ override: [complete(completions)] })];
  return [
    sql({
      dialect: DIALECTS[dialect ?? ""] ?? PostgreSQL,
      upperCaseKeywords: true,
      ...(schema ? { schema } : {}),
      ...(mainTable ? { defaultTable: mainTable } : {}),
    }),
    autocompletion(),
  ];
}

function attributes({ label, describedBy, isInvalid }: CodeEditorProps): Extension {
  return EditorView.contentAttributes.of({
    "aria-label": label,
    // What can be written in can be reached anyway; said here for tools that ask how a long text is scrolled.
    tabindex: "0",
    ...(describedBy ? { "aria-describedby": describedBy } : {}),
    ...(isInvalid ? { "aria-invalid": "true" } : {}),
  });
}

export default function CodeEditor(props: CodeEditorProps) {
  const { value, onChange, minHeight = 80, hasLineNumbers = false, handle } = props;
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const parts = useRef({ language: new Compartment(), attributes: new Compartment() });
  const latest = useRef(onChange);
  const first = useRef(props);
  /** What was told by `onChange` and did not come back as `value` yet. */
  const told = useRef<string[]>([]);
  useEffect(() => {
    latest.current = onChange;
  }, [onChange]);

  useEffect(() => {
    if (!frame.current) return undefined;
    const { language: languagePart, attributes: attributePart } = parts.current;
    const editor = new EditorView({
      parent: frame.current,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          history(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          hasLineNumbers ? lineNumbers() : [],
          syntaxHighlighting(classHighlighter),
          // Tab leaves the editor, as in every other input.
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          languagePart.of(language(first.current)),
          attributePart.of(attributes(first.current)),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || update.transactions.some((one) => one.annotation(given))) return;
            const written = update.state.doc.toString();
            told.current.push(written);
            latest.current(written);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [hasLineNumbers]);

  useEffect(() => {
    const editor = view.current;
    // An echo of what was written a moment ago must not take back what was written since.
    const echo = told.current.lastIndexOf(value);
    told.current = echo < 0 ? [] : told.current.slice(echo + 1);
    if (!editor || echo >= 0 || editor.state.doc.toString() === value) return;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: value },
      annotations: given.of(true),
    });
  }, [value]);

  const { dialect, schema, mainTable, completions, label, describedBy, isInvalid } = props;
  useEffect(() => {
    const effects = [
      parts.current.language.reconfigure(
        language({ dialect, schema, mainTable, completions } as CodeEditorProps),
      ),
      parts.current.attributes.reconfigure(attributes({ label, describedBy, isInvalid } as CodeEditorProps)),
    ];
    view.current?.dispatch({ effects });
  }, [dialect, schema, mainTable, completions, label, describedBy, isInvalid]);

  useImperativeHandle(handle, () => ({
    insert: (text) => {
      const editor = view.current;
      if (!editor) return;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    },
    focus: () => view.current?.focus(),
  }));

  return (
    <div ref={frame} className={styles.editor} style={{ minHeight }} data-invalid={isInvalid || undefined} />
  );
}
