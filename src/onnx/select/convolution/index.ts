// convolution/: the forms of convolutions and their gradients, all on rows; which is best depends on the shape alone.
import {
  channelsFirstConv,
  channelsFirstInputGradient,
  channelsFirstKernelGradient,
} from "./channels-first.ts";
import { depthwiseConv, depthwiseInputGradient, depthwiseKernelGradient } from "./depthwise.ts";
import {
  directConv,
  directKernelGradient,
  pointwiseInputGradient,
  scatteredInputGradient,
  shiftedInputGradient,
  smallInputGradient,
} from "./direct.ts";
import { groupedConv, groupedInputGradient, groupedKernelGradient } from "./grouped.ts";
import { windowConv, windowKernelGradient } from "./window.ts";
import { winogradConv, winogradInputGradient, winogradKernelGradient } from "./winograd.ts";

export const convolutionForms = {
  conv: [depthwiseConv, channelsFirstConv, groupedConv, windowConv, winogradConv, directConv],
  convInputGradient: [
    depthwiseInputGradient,
    channelsFirstInputGradient,
    groupedInputGradient,
    pointwiseInputGradient,
    winogradInputGradient,
    smallInputGradient,
    shiftedInputGradient,
    scatteredInputGradient,
  ],
  convKernelGradient: [
    depthwiseKernelGradient,
    channelsFirstKernelGradient,
    groupedKernelGradient,
    windowKernelGradient,
    winogradKernelGradient,
    directKernelGradient,
  ],
} as const;
