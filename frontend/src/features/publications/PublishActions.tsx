/** Publishing a thing and taking it back, on the page of the thing and on that of its publication. */
import { Button } from "@mantine/core";
import { AppLink, ConfirmDialog, showDone, StatusBadge } from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { publicationKeys, shownQuery, unpublish, type Publication } from "./api";
import { publicationMessages as text } from "./messages";
import { PublishDialog, type Publishable } from "./PublishDialog";

/** The state of a thing towards customers, and what changes it; nothing for those who may not see publications. */
export function PublishActions({ thing }: { thing: Publishable }) {
  const mayRead = useMay("publications:read");
  const mayWrite = useMay("publications:write");
  const shown = useQuery({ ...shownQuery(thing.kind), enabled: mayRead }).data;
  if (!shown) return null;
  const found = shown.find((one) => one.thing_id === thing.id);
  if (!found) return mayWrite && <Publish thing={thing} />;
  return (
    <>
      <AppLink to="/publications/$publicationId" params={{ publicationId: found.id }}>
        <StatusBadge tone="success">{text.isShown}</StatusBadge>
      </AppLink>
      {mayWrite && <Unpublish publication={found} />}
    </>
  );
}

export function Publish({ thing }: { thing: Publishable }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        {text.publish.action}
      </Button>
      <PublishDialog thing={thing} isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </>
  );
}

/** What was taken back is published with the choices it had. */
export function PublishAgain({ publication }: { publication: Publication }) {
  const { kind, title, thing_id: id, pack_id: packId } = publication;
  return <Publish thing={{ kind, title, id, packId, before: publication }} />;
}

export function Unpublish({ publication }: { publication: Publication }) {
  const [isAsking, setIsAsking] = useState(false);
  const queries = useQueryClient();

  async function confirm() {
    await unpublish(publication.id);
    showDone(text.unpublish.done(publication.title));
    await queries.invalidateQueries({ queryKey: publicationKeys.all });
  }

  return (
    <>
      <Button variant="default" onClick={() => setIsAsking(true)}>
        {text.unpublish.action}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.unpublish.title(publication.title)}
        action={text.unpublish.action}
        isDangerous
        onConfirm={confirm}
      >
        {text.unpublish.text}
      </ConfirmDialog>
    </>
  );
}
