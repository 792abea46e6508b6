/** What all steps of the editor share: the document, how to change it, what the check says of it. */
import { createContext, useContext } from "react";
import type { Check, Pack } from "./api";
import type { ReportDocument } from "./document";
import type { DraftKeeper } from "./draftKeeper";

type Changes = Partial<ReportDocument>;

export interface Editor {
  reportId: string;
  slug: string;
  keeper: DraftKeeper;
  document: ReportDocument;
  /** With a function: what is written is made of the document as it is then, not as it was last drawn. */
  change: (changes: Changes | ((now: ReportDocument) => Changes)) => void;
  changeSource: (changes: Partial<ReportDocument["source"]>) => void;
  /** Undefined until the first answer. */
  check: Check | undefined;
  isChecking: boolean;
  pack: Pack | undefined;
  reportingDate: string;
  setReportingDate: (date: string) => void;
}

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("A step of the editor stands outside of it.");
  return editor;
}
