/** Settings of the tenant, saved section by section. */
import { NumberInput, Select, Skeleton, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { ErrorState, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { settingsQuery, type TenantSettings } from "./api";
import { settingsMessages as text } from "./messages";
import { SettingsForm } from "./SettingsForm";

const TIME_ZONES = Intl.supportedValuesOf("timeZone");

export function SettingsPage() {
  const query = useQuery(settingsQuery());
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const settings = query.data?.body;
  return (
    <Stack gap="xl" maw={720}>
      <PageHeader title={text.title} description={settings && changeOf(settings)} />
      {!settings && <Skeleton height={480} />}
      {settings && <Sections settings={settings} />}
    </Stack>
  );
}

function changeOf({ changed_at, changed_by }: TenantSettings): string {
  return changed_at ? text.changed(changed_at, changed_by?.full_name) : text.unchanged;
}

function Sections({ settings }: { settings: TenantSettings }) {
  const { defaults } = settings;
  return (
    <>
      <SettingsForm
        title={text.organisation.title}
        fields={["name", "environment", "time_zone"]}
        render={(draft, set, errors) => (
          <>
            <TextInput
              label={text.organisation.name}
              required
              withAsterisk={false}
              value={draft.name ?? ""}
              error={errors["name"]}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <Select
              label={text.organisation.environment}
              data={[
                { value: "production", label: text.organisation.environments.production },
                { value: "sandbox", label: text.organisation.environments.sandbox },
              ]}
              value={draft.environment ?? null}
              onChange={(value) => set({ environment: value === "sandbox" ? "sandbox" : "production" })}
            />
            <Select
              label={text.organisation.zone}
              description={text.organisation.zoneHint}
              searchable
              data={[...new Set([settings.time_zone, ...TIME_ZONES, "UTC"])]}
              limit={50}
              value={draft.time_zone ?? null}
              error={errors["time_zone"]}
              onChange={(value) => value && set({ time_zone: value })}
            />
          </>
        )}
      />
      <SettingsForm
        title={text.security.title}
        fields={["idle_minutes", "four_eyes", "four_eyes_off_reason"]}
        render={(draft, set, errors) => (
          <>
            <NumberInput
              label={text.security.idle}
              description={text.isDefault(defaults?.idle_minutes)}
              min={1}
              allowDecimal={false}
              value={draft.idle_minutes ?? ""}
              error={errors["idle_minutes"]}
              onChange={(value) => typeof value === "number" && set({ idle_minutes: value })}
            />
            <Switch
              label={text.security.fourEyes}
              description={
                settings.can_switch_four_eyes_off ? text.security.fourEyesHint : text.security.fourEyesFixed
              }
              checked={draft.four_eyes ?? true}
              disabled={!settings.can_switch_four_eyes_off && settings.four_eyes}
              onChange={(event) => set({ four_eyes: event.currentTarget.checked })}
            />
            {draft.four_eyes === false && (
              <Textarea
                label={text.security.reason}
                required
                withAsterisk={false}
                maxLength={500}
                autosize
                value={draft.four_eyes_off_reason ?? ""}
                error={errors["four_eyes_off_reason"]}
                onChange={(event) => set({ four_eyes_off_reason: event.currentTarget.value })}
              />
            )}
          </>
        )}
      />
      <SettingsForm
        title={text.webhooks.title}
        fields={["webhook_log_days"]}
        render={(draft, set, errors) => (
          <NumberInput
            label={text.webhooks.days}
            description={text.isDefault(defaults?.webhook_log_days)}
            min={1}
            allowDecimal={false}
            value={draft.webhook_log_days ?? ""}
            error={errors["webhook_log_days"]}
            onChange={(value) => typeof value === "number" && set({ webhook_log_days: value })}
          />
        )}
      />
      <SettingsForm
        title={text.mail.title}
        fields={["mail_sender_name"]}
        render={(draft, set, errors) => (
          <TextInput
            label={text.mail.sender}
            description={text.mail.senderHint}
            value={draft.mail_sender_name ?? ""}
            error={errors["mail_sender_name"]}
            onChange={(event) => set({ mail_sender_name: event.currentTarget.value || null })}
          />
        )}
      />
    </>
  );
}
