"""The analysis as a user would write it in a notebook: what `covey run` replaces.
usage: peers_notebook.py sessions.csv FOLDER"""

import sys

import matplotlib
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import calinski_harabasz_score
from sklearn.preprocessing import StandardScaler

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns

FEATURES = ["clicks", "page_views", "time_spent", "add_to_cart"]

file, folder = sys.argv[1:3]
sessions = pd.read_csv(file)
scaled = StandardScaler().fit_transform(sessions[FEATURES])

models = [KMeans(n_clusters=k, n_init=10, random_state=1).fit(scaled) for k in range(2, 11)]
scores = [calinski_harabasz_score(scaled, model.labels_) for model in models]
sessions["persona"] = models[scores.index(max(scores))].labels_

sessions.groupby("persona")[[*FEATURES, "conversion_label"]].mean().to_csv(f"{folder}/personas.csv")
by_channel = pd.crosstab(sessions["referral_source"], sessions["persona"], normalize="index")
by_channel.to_csv(f"{folder}/channels.csv")
pd.crosstab(sessions["device_type"], sessions["persona"], normalize="index").to_csv(f"{folder}/devices.csv")

sns.heatmap(by_channel, annot=True)
plt.savefig(f"{folder}/channels.png")
plt.close()
sessions[["x", "y"]] = PCA(n_components=2).fit_transform(scaled)
sns.scatterplot(data=sessions, x="x", y="y", hue="persona", palette="tab10", s=5)
plt.savefig(f"{folder}/personas.png")
sessions[["session_id", "persona"]].to_parquet(f"{folder}/assignments.parquet")
