/** The editor's colours: GraphiQL's, but for comments, which are too pale on its dark ground. */

const GROUND = "#212a3b";
const CLEAR = "#ffffff00";
const DARK = "gql-server-dark";

export const editorTheme = { dark: DARK, light: "graphiql-LIGHT" };

/** Before GraphiQL uses it: whoever asks for the editor first is answered first. */
export function defineThemes(monaco) {
  monaco.editor.defineTheme(DARK, {
    base: "vs-dark",
    inherit: true,
    rules: [{ token: "comment", foreground: "8fbf7f" }],
    colors: {
      "editor.background": CLEAR,
      "scrollbar.shadow": CLEAR,
      "editorHoverWidget.background": GROUND,
      "editorSuggestWidget.background": GROUND,
      "editorWidget.background": GROUND,
      "menu.background": GROUND,
      "quickInput.background": GROUND,
    },
  });
}
