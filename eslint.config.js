import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Longer than this, a file holds more than one concept. */
const MAX_LINES = { max: 300, skipBlankLines: false, skipComments: false };

export default tseslint.config(
    { ignores: ["**/node_modules/**", "**/dist/**", "**/*.gen.ts", "backend/static/**"] },
    js.configs.recommended,
    ...tseslint.configs.strict,
    jsxA11y.flatConfigs.recommended,
    {
        plugins: { "react-hooks": reactHooks },
        rules: { "react-hooks/rules-of-hooks": "error", "react-hooks/exhaustive-deps": "error" },
    },
    {
        files: ["**/*.{ts,tsx}"],
        rules: {
            "max-lines": ["error", MAX_LINES],
            "no-console": "error",
            "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
            "@typescript-eslint/consistent-type-imports": "error",
            "@typescript-eslint/no-explicit-any": "error",
            "no-restricted-properties": [
                "error",
                {
                    object: "window",
                    property: "localStorage",
                    message: "Only the theme keeps preferences; tokens are kept in memory.",
                },
                {
                    object: "window",
                    property: "sessionStorage",
                    message: "State belongs into the URL or to the server.",
                },
            ],
            "no-restricted-globals": [
                "error",
                {
                    name: "localStorage",
                    message: "Only ui/src/theme keeps preferences; tokens are kept in memory.",
                },
                { name: "sessionStorage", message: "State belongs into the URL or to the server." },
            ],
            "no-restricted-syntax": [
                "error",
                {
                    selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
                    message: "What people typed is shown as text, never as HTML.",
                },
                { selector: "TSNonNullExpression", message: "Say what happens when it is missing." },
            ],
            "no-restricted-imports": [
                "error",
                {
                    paths: [
                        {
                            name: "zod",
                            message:
                                "Import z from @openreg/ui: there its code generation is switched off, which the CSP forbids.",
                        },
                    ],
                },
            ],
            "jsx-a11y/no-autofocus": ["error", { ignoreNonDOM: true }],
        },
    },
    {
        files: ["**/scripts/*.mjs", "**/contract/*.mjs", "**/*.config.{js,ts}"],
        languageOptions: {
            globals: { process: "readonly", console: "readonly", URL: "readonly", Buffer: "readonly" },
        },
        rules: { "no-console": "off" },
    },
);
