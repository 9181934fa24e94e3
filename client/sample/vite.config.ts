import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  resolve: { dedupe: ["react", "react-dom"] }, // the linked client has React too, for its tests
  server: { port: 5173, strictPort: true }, // the example settings allow this origin
  build: {
    rolldownOptions: { input: ["index.html", "without-react.html"] },
    chunkSizeWarningLimit: 10_000, // kB: the composites
  },
});
