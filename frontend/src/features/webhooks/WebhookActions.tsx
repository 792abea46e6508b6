/** What can be done with a webhook: a ping, another secret, off and on. */
import { Button, Select } from "@mantine/core";
import { ConfirmDialog, SecretReveal, showDone } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { disableWebhook, pingWebhook, rotateSecret, switchWebhookOn, webhookKeys, type Webhook } from "./api";
import { webhookMessages as text } from "./messages";

export function WebhookActions({ webhook }: { webhook: Webhook }) {
  const [isRotating, setIsRotating] = useState(false);
  const [isDisabling, setIsDisabling] = useState(false);
  const [overlap, setOverlap] = useState("24");
  const [secret, setSecret] = useState<string | null>(null);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: webhookKeys.all });
  const ping = useMutation({
    mutationFn: () => pingWebhook(webhook.id),
    onSuccess: () => {
      showDone(text.ping.done);
      void refresh();
    },
  });

  async function disable() {
    await disableWebhook(webhook.id);
    await refresh();
    showDone(text.disable.done);
  }

  async function switchOn() {
    await switchWebhookOn(webhook.id);
    await refresh();
    showDone(text.switchOn.done);
  }

  async function rotate() {
    const made = await rotateSecret(webhook.id, Number(overlap));
    setSecret(made.secret);
    await refresh();
  }

  if (!webhook.is_active) {
    return (
      <Button variant="default" onClick={() => void switchOn()}>
        {text.switchOn.action}
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" loading={ping.isPending} onClick={() => ping.mutate()}>
        {text.ping.action}
      </Button>
      <Button variant="default" onClick={() => setIsRotating(true)}>
        {text.rotate.action}
      </Button>
      <Button variant="default" onClick={() => setIsDisabling(true)}>
        {text.disable.action}
      </Button>
      <ConfirmDialog
        isOpen={isRotating}
        onClose={() => setIsRotating(false)}
        title={text.rotate.title}
        action={text.rotate.action}
        onConfirm={rotate}
      >
        {text.rotate.text}
        <Select
          mt="sm"
          label={text.rotate.overlap}
          data={Object.entries(text.rotate.overlaps).map(([value, label]) => ({ value, label }))}
          value={overlap}
          allowDeselect={false}
          onChange={(value) => setOverlap(value ?? "24")}
        />
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={isDisabling}
        onClose={() => setIsDisabling(false)}
        title={text.disable.title}
        action={text.disable.action}
        isDangerous
        onConfirm={disable}
      >
        {text.disable.text}
      </ConfirmDialog>
      <SecretReveal secret={secret} title={text.rotate.fresh} onClose={() => setSecret(null)}>
        {text.secret.hint}
      </SecretReveal>
    </>
  );
}
