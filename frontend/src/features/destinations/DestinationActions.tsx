/** Pause, resume, delete. */
import { Button } from "@mantine/core";
import { ConfirmDialog, showDone } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ReasonDialog } from "@/features/exceptions/ReasonDialog";
import {
  destinationKeys,
  pauseDestination,
  removeDestination,
  resumeDestination,
  type Destination,
} from "./api";
import { destinationMessages } from "./messages";

const text = destinationMessages.actions;

export function DestinationActions({ destination }: { destination: Destination }) {
  const [asked, setAsked] = useState<"pause" | "resume" | "remove" | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const close = () => setAsked(null);
  const { id, name, is_paused } = destination;

  async function act(work: Promise<unknown>, done: string) {
    await work;
    await queries.invalidateQueries({ queryKey: destinationKeys.all });
    showDone(done);
  }

  async function remove() {
    await removeDestination(id);
    showDone(text.removed);
    await navigate({ to: "/destinations", search: {} });
    await queries.invalidateQueries({ queryKey: destinationKeys.all });
  }

  return (
    <>
      {is_paused ? (
        <Button onClick={() => setAsked("resume")}>{text.resume}</Button>
      ) : (
        <Button variant="default" onClick={() => setAsked("pause")}>
          {text.pause}
        </Button>
      )}
      <Button variant="default" onClick={() => setAsked("remove")}>
        {text.remove}
      </Button>
      <ReasonDialog
        isOpen={asked === "pause"}
        onClose={close}
        title={text.pauseTitle(name)}
        action={text.pause}
        label={text.reason}
        mostCharacters={500}
        onConfirm={(reason) => act(pauseDestination(id, reason), text.paused)}
      >
        {text.pauseText}
      </ReasonDialog>
      <ReasonDialog
        isOpen={asked === "resume"}
        onClose={close}
        title={text.resumeTitle(name)}
        action={text.resume}
        label={text.reason}
        mostCharacters={500}
        onConfirm={(reason) => act(resumeDestination(id, reason), text.resumed)}
      >
        {text.resumeText}
      </ReasonDialog>
      <ConfirmDialog
        isOpen={asked === "remove"}
        onClose={close}
        title={text.removeTitle(name)}
        action={text.remove}
        isDangerous
        nameToType={name}
        onConfirm={remove}
      >
        {text.removeText}
      </ConfirmDialog>
    </>
  );
}
