/** The button that removes what a screen shows, after a question, and leads back to its list. */
import { Button, type ButtonProps } from "@mantine/core";
import { ConfirmDialog, showDone } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

interface RemoveActionProps {
  name: string;
  text: { action: string; title: (name: string) => string; text: string; done: string };
  /** Of the thing, and of all its kind. */
  keys: { one: readonly unknown[]; all: readonly unknown[] };
  remove: () => Promise<unknown>;
  onRemoved: () => Promise<void>;
  size?: ButtonProps["size"];
}

export function RemoveAction({ name, text, keys, remove, onRemoved, size }: RemoveActionProps) {
  const [isAsking, setIsAsking] = useState(false);
  const queries = useQueryClient();

  async function confirm() {
    await remove();
    showDone(text.done);
    await onRemoved();
    queries.removeQueries({ queryKey: keys.one });
    await queries.invalidateQueries({ queryKey: keys.all });
  }

  return (
    <>
      <Button size={size ?? "sm"} variant="default" onClick={() => setIsAsking(true)}>
        {text.action}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.title(name)}
        action={text.action}
        isDangerous
        onConfirm={confirm}
      >
        {text.text}
      </ConfirmDialog>
    </>
  );
}
