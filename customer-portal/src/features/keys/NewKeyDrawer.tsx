import { Button, Checkbox, Drawer, Group, NumberInput, Stack, TagsInput, TextInput } from "@mantine/core";
import { DateField, ErrorState, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useAccount } from "@/features/account/api";
import { createKey, type MadeKey } from "./api";
import { keyMessages as text, scopeSentences } from "./messages";

interface NewKeyDrawerProps {
  isOpen: boolean;
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}

export function NewKeyDrawer({ isOpen, onClose, onMade }: NewKeyDrawerProps) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      title={text.create}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <NewKeyForm onClose={onClose} onMade={onMade} />
    </Drawer>
  );
}

function NewKeyForm({ onClose, onMade }: Omit<NewKeyDrawerProps, "isOpen">) {
  const plan = useAccount()?.plan ?? null;
  const inPlan = plan?.scopes ?? Object.keys(scopeSentences);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(inPlan);
  const [networks, setNetworks] = useState<string[]>([]);
  const [rate, setRate] = useState<number | null>(null);
  const [expires, setExpires] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const [once, setOnce] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: createKey,
    onSuccess: onMade,
    onError: () => setOnce(crypto.randomUUID()),
  });
  const places = isProblem(create.error) ? create.error.fieldMessages() : {};
  const isNetworkWrong = isProblem(create.error, "network_invalid");
  const isSaidAtField = isNetworkWrong || Object.keys(places).length > 0;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsAsked(true);
    if (scopes.length === 0) return;
    create.mutate({
      once,
      terms: {
        name: name.trim(),
        is_test: false,
        scopes: [...scopes].sort(),
        networks,
        rate_limit_per_minute: rate,
        // The key works until the end of the chosen day, in the reader's own zone.
        expires_at: expires ? new Date(`${expires}T23:59:59`).toISOString() : null,
      },
    });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {create.isError && !isSaidAtField && <ErrorState error={create.error} />}
        <TextInput
          label={text.name}
          description={text.nameHint}
          required
          withAsterisk={false}
          data-autofocus
          maxLength={100}
          value={name}
          error={places["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group
          label={text.scopes}
          labelElement="div"
          value={scopes}
          onChange={setScopes}
          error={isAsked && scopes.length === 0 ? text.noScope : undefined}
        >
          <Stack gap="xs" pt="xs" pb="xs">
            {Object.entries(scopeSentences).map(([scope, sentence]) => (
              <Checkbox
                key={scope}
                value={scope}
                disabled={!inPlan.includes(scope)}
                label={sentence}
                description={inPlan.includes(scope) ? undefined : text.notInPlan}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <TagsInput
          label={text.networks}
          description={text.networksHint}
          value={networks}
          onChange={setNetworks}
          acceptValueOnBlur
          error={isNetworkWrong ? create.error?.message : places["networks"]}
        />
        <DateField
          label={text.expires}
          description={text.expiresHint}
          value={expires}
          error={places["expires_at"]}
          onChange={setExpires}
        />
        <NumberInput
          label={text.rate}
          description={plan ? text.rateHint(plan.rate_limit_per_minute) : undefined}
          hideControls
          allowDecimal={false}
          allowNegative={false}
          min={1}
          max={plan?.rate_limit_per_minute}
          value={rate ?? ""}
          error={places["rate_limit_per_minute"]}
          onChange={(value) => setRate(value === "" ? null : Number(value))}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
