// convolution/: the forms of convolutions and their gradients, on rows or in NCHWc; which is best depends on the shape alone.
import {
  channelsFirstConv,
  channelsFirstInputGradient,
  channelsFirstKernelGradient,
} from "./channels-first.ts";
import {
  depthwiseConv,
  depthwiseInputGradient,
  depthwiseKernelGradient,
  stackedDepthwiseConv,
  stackedDepthwiseInputGradient,
  stackedDepthwiseKernelGradient,
} from "./depthwise.ts";
import {
  nchwcDepthwiseConv,
  nchwcDepthwiseInputGradient,
  nchwcDepthwiseKernelGradient,
} from "./depthwise-nchwc.ts";
import { nchwcConv, nchwcInputGradient } from "./direct-nchwc.ts";
import {
  directConv,
  directKernelGradient,
  patchedInputGradient,
  pointwiseInputGradient,
  scatteredInputGradient,
  shiftedInputGradient,
  smallInputGradient,
} from "./direct.ts";
import { groupedConv, groupedInputGradient, groupedKernelGradient } from "./grouped.ts";
import { nchwcKernelGradient } from "./kernel-gradient-nchwc.ts";
import { windowConv, windowKernelGradient } from "./window.ts";
import {
  nchwcWinogradConv,
  nchwcWinogradInputGradient,
  nchwcWinogradKernelGradient,
} from "./winograd-nchwc.ts";
import { winogradConv, winogradInputGradient, winogradKernelGradient } from "./winograd.ts";

export const convolutionForms = {
  conv: [
    nchwcDepthwiseConv,
    nchwcWinogradConv,
    nchwcConv,
    stackedDepthwiseConv,
    depthwiseConv,
    channelsFirstConv,
    groupedConv,
    windowConv,
    winogradConv,
    directConv,
  ],
  convInputGradient: [
    nchwcDepthwiseInputGradient,
    nchwcWinogradInputGradient,
    nchwcInputGradient,
    stackedDepthwiseInputGradient,
    depthwiseInputGradient,
    channelsFirstInputGradient,
    groupedInputGradient,
    pointwiseInputGradient,
    patchedInputGradient,
    winogradInputGradient,
    smallInputGradient,
    shiftedInputGradient,
    scatteredInputGradient,
  ],
  convKernelGradient: [
    nchwcDepthwiseKernelGradient,
    nchwcWinogradKernelGradient,
    nchwcKernelGradient,
    stackedDepthwiseKernelGradient,
    depthwiseKernelGradient,
    channelsFirstKernelGradient,
    groupedKernelGradient,
    windowKernelGradient,
    winogradKernelGradient,
    directKernelGradient,
  ],
} as const;
