/** The frame around the pages for people who are not signed in. */
import { useDocumentTitle } from "@mantine/hooks";
import { EntryFrame } from "@openreg/ui";
import type { ReactNode } from "react";
import { shellMessages } from "@/shell/messages";

export function SignInFrame({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} – ${shellMessages.product}`);
  return (
    <EntryFrame product={shellMessages.product} title={title}>
      {children}
    </EntryFrame>
  );
}
