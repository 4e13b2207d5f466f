/** Starts what the review desk needs: its keys, its forms wherever they stand, and the news. */
import { startReviewActs } from "./review-acts.js";
import { startReviewLive } from "./review-live.js";
import { startReview } from "./review.js";

startReview();
startReviewActs();
startReviewLive();
