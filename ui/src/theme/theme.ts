/** The look of both applications: an application never restyles a component of its own. */
import { uiMessages } from "../messages";
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const brand: MantineColorsTuple = [
  "#eef2fa",
  "#dbe3f1",
  "#b5c4e0",
  "#8ca3cf",
  "#6b87c0",
  "#5674b6",
  "#44639f",
  "#395890",
  "#2f4a7b",
  "#233a63",
];

const CONTROL_HEIGHT = "xs";
const small = { defaultProps: { size: CONTROL_HEIGHT } };

export const theme = createTheme({
  primaryColor: "brand",
  primaryShade: { light: 7, dark: 6 },
  colors: { brand },
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.43", lg: "1.5", xl: "1.4" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "1.4" },
      h2: { fontSize: "20px", lineHeight: "1.4" },
      h3: { fontSize: "16px", lineHeight: "1.4" },
      h4: { fontSize: "14px", lineHeight: "1.4" },
    },
  },
  components: {
    Button: small,
    TextInput: small,
    PasswordInput: small,
    NumberInput: small,
    Textarea: small,
    Select: { defaultProps: { size: CONTROL_HEIGHT, allowDeselect: false } },
    MultiSelect: small,
    TagsInput: small,
    FileInput: {
      defaultProps: { size: CONTROL_HEIGHT, clearButtonProps: { "aria-label": uiMessages.clearFile } },
    },
    SegmentedControl: small,
    Checkbox: { defaultProps: { size: "sm" } },
    Switch: { defaultProps: { size: "sm" } },
    Anchor: { defaultProps: { underline: "hover", fz: "inherit" } },
    Modal: { defaultProps: { centered: true, attributes: { header: { role: "presentation" } } } },
    // The focus goes to the first item, not to an element that is none: a menu may hold nothing but items.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Drawer: { defaultProps: { attributes: { header: { role: "presentation" } } } },
    Tooltip: {
      defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: true } },
    },
  },
});

/** Values that Mantine's defaults get wrong against WCAG 2.2 AA, and our status colours. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5a6270",
    "--mantine-color-placeholder": "#646c7a",
    "--mantine-color-error": "#b02020",
    "--mantine-color-anchor": "#2f4a7b",
    "--mantine-color-red-light-color": "#9b1c1c",
    "--mantine-color-yellow-light-color": "#7a4a00",
    "--mantine-color-green-light-color": "#0b5d34",
    "--or-danger": "#9b1c1c",
    "--or-focus": "#395890",
    "--or-line": "#d5dae2",
    "--or-surface": "#f6f7f9",
    "--or-success-text": "#0b5d34",
    "--or-success-fill": "#d9f2e4",
    "--or-running-text": "#0b4a8f",
    "--or-running-fill": "#dcebfb",
    "--or-warning-text": "#7a4a00",
    "--or-warning-fill": "#fff0d1",
    "--or-failed-text": "#8a1c1c",
    "--or-failed-fill": "#fde2e2",
    "--or-neutral-text": "#4a5160",
    "--or-neutral-fill": "#e9ecf1",
    "--or-chart-success": "#2f8f5b",
    "--or-chart-running": "#2f6fb8",
    "--or-chart-warning": "#b7791f",
    "--or-chart-failed": "#c23b3b",
    "--or-chart-neutral": "#7b8494",
  },
  dark: {
    "--mantine-color-dimmed": "#a6adb8",
    "--mantine-color-placeholder": "#a6adb8",
    "--mantine-color-error": "#ff9d9d",
    "--mantine-color-anchor": "#a9bfe8",
    "--mantine-color-red-light-color": "#ffa8a8",
    "--mantine-color-yellow-light-color": "#ffd591",
    "--mantine-color-green-light-color": "#9fe0bd",
    "--or-danger": "#ffa8a8",
    "--or-focus": "#8ca3cf",
    "--or-line": "#3b4048",
    "--or-surface": "#1f2227",
    "--or-success-text": "#9fe0bd",
    "--or-success-fill": "#123d29",
    "--or-running-text": "#a9d0fa",
    "--or-running-fill": "#12355c",
    "--or-warning-text": "#ffd591",
    "--or-warning-fill": "#4a3207",
    "--or-failed-text": "#ffb3b3",
    "--or-failed-fill": "#551a1a",
    "--or-neutral-text": "#c3c9d3",
    "--or-neutral-fill": "#353b45",
    "--or-chart-success": "#4fb583",
    "--or-chart-running": "#6aa9ec",
    "--or-chart-warning": "#d9a13b",
    "--or-chart-failed": "#f07c7c",
    "--or-chart-neutral": "#8b93a1",
  },
});
