"""Features of a log, by Spark.

    spark-submit jobs/features.py EVENTS FOLDER [--user NAME] [--item NAME] [--time NAME] [--rating NAME] [--shards N]

EVENTS are Parquet files, one row per event; FOLDER is one that all machines see. The log is written to FOLDER/log, the features of
each training event to FOLDER/features, a file per shard. What is there stays: a job that was interrupted goes on.
"""

import argparse
from pathlib import Path

from pyspark.sql import SparkSession

from din_rec.sharded_log import ShardedLog
from din_rec.spark import spark_features, spark_log


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('events')
    parser.add_argument('folder', type=Path)
    for name in 'user', 'item', 'time':
        parser.add_argument(f'--{name}', default=name)
    parser.add_argument('--rating')
    parser.add_argument('--shards', type=int)
    args = parser.parse_args()
    spark = SparkSession.builder.appName('din_rec features').getOrCreate()
    place = args.folder / 'log'
    if (place / 'log.json').is_file():
        log = ShardedLog(place)
    else:
        said = {name: getattr(args, name) for name in ('user', 'item', 'time', 'rating')}
        log = spark_log(spark.read.parquet(args.events), place, args.shards, **said)
    print(log)
    print(f'{spark_features(log, args.folder / "features", spark=spark).count():,} moments')
    spark.stop()


if __name__ == '__main__':
    main()
