import { render } from "react-dom";

export default (element, place) => render(element, place);
