import { describe, expect, test } from "vitest";
import { renderRateCurve } from "../../src/report/rate-curve.ts";
import { steepest } from "../../src/train/find-rate.ts";

const rates = Array.from({ length: 100 }, (_, step) => 1e-7 * 10 ** (step / 12.5));

describe("the learning rate's search", () => {
  test("takes the rate at which the loss falls fastest", () => {
    // A fall in the form of a hyperbolic tangent about 1e-3, and a rise from 0.1 on.
    const losses = rates.map((rate) => {
      const decades = Math.log10(rate);
      return 2 - Math.tanh(2 * (decades + 3)) + 50 * Math.max(0, decades + 1) ** 2;
    });
    const found = steepest(rates, losses)!;
    expect(found).toBeGreaterThan(5e-4);
    expect(found).toBeLessThan(2e-3);
  });

  test("takes none where the loss never falls", () => {
    expect(
      steepest(
        rates,
        rates.map((rate) => 1 + rate),
      ),
    ).toBeUndefined();
  });

  test("draws a logarithmic scale, and the rate found", () => {
    const svg = renderRateCurve("m <1>", rates, rates.map(Math.sqrt), 1e-3);
    expect(svg).toContain("1e-5");
    expect(svg).toContain("0.001");
    expect(svg).toContain("m &lt;1&gt;");
    expect(svg).not.toContain("NaN");
  });
});
