import { safeNext } from "@openreg/ui";
import { Anchor } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { noticeKeys, readNotice, type Notice } from "./api";

/** Leads to what the notice is about, and marks it as read. */
export function NoticeLink({ notice, onFollow }: { notice: Notice; onFollow?: () => void }) {
  const router = useRouter();
  const queries = useQueryClient();
  const target = safeNext(notice.link);

  function follow(event: MouseEvent) {
    if (notice.read_at === null) {
      void readNotice(notice.id).then(() => queries.invalidateQueries({ queryKey: noticeKeys.all }));
    }
    // A click for a new tab is the browser's.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onFollow?.();
    router.history.push(target);
  }

  return (
    <Anchor href={target} onClick={follow}>
      {notice.title}
    </Anchor>
  );
}
