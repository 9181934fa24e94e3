import { createRoot } from "react-dom/client";

export default (element, place) => createRoot(place).render(element);
