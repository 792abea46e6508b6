/** One's own account: profile, password, second factor, sessions. */
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { Fact, Facts, formatList, PageHeader, Section, showDone, showProblem } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { PreferencesSection } from "@/features/notices/PreferencesSection";
import { meQuery, rename, useMe, type Me } from "./api";
import { accountMessages as text } from "./messages";
import { PasswordSection } from "./PasswordSection";
import { SecondFactorSection } from "./SecondFactorSection";
import { SessionsSection } from "./SessionsSection";

export function AccountPage() {
  const me = useMe();
  return (
    <Stack gap="xl" maw={960}>
      <PageHeader title={text.title} />
      {me && <Profile me={me} />}
      <PasswordSection />
      {me && <SecondFactorSection isOn={me.has_second_factor} />}
      <SessionsSection />
      <PreferencesSection />
    </Stack>
  );
}

function Profile({ me }: { me: Me }) {
  const [name, setName] = useState(me.user.full_name);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: rename,
    onSuccess: (changed) => {
      queries.setQueryData(meQuery().queryKey, changed);
      showDone(text.saved);
    },
    onError: showProblem,
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    save.mutate(name);
  }

  return (
    <Section title={text.profile}>
      <Facts>
        <Fact name={text.email}>{me.user.email}</Fact>
        <Fact name={text.roles}>{formatList(me.roles)}</Fact>
      </Facts>
      <form onSubmit={submit}>
        <Group gap="sm" align="flex-end">
          <TextInput
            label={text.fullName}
            autoComplete="name"
            required
            withAsterisk={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={save.isPending} disabled={name === me.user.full_name}>
            {text.save}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
