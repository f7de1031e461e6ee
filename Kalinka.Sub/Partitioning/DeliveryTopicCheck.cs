using System.Globalization;
using Kalinka.Common.Brokers;
using Kalinka.Common.Kafka;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Sub.Partitioning;

/// <summary><c>check --connect</c> at the delivery topic: whether it is there, as it must be, and whose its partitions are.</summary>
internal static class DeliveryTopicCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<ServerAnswer> TryAsync(
        SubOptions options,
        ZooKeeperOptions ensemble,
        CancellationToken stopping
    )
    {
        var kafkaTopic = options.Delivery.KafkaTopic;
        var server = $"delivery topic {kafkaTopic}";
        await using var client = new ZooKeeperClient(ensemble, TimeProvider.System, NullLogger.Instance);
        client.Start();
        try
        {
            // The look blocks while Kafka is away.
            var looking = Task.Run(
                () => TopicFacts.ReadAsync(options.Kafka, options.Mqtt.ClientId, kafkaTopic),
                stopping
            );
            var partitions = await BrokerZnodes.PartitionsAsync(client, stopping).WaitAsync(Patience, stopping);
            var (ok, detail) = Judge(options, await looking.WaitAsync(Patience, stopping), partitions);
            return new ServerAnswer(server, ok, detail);
        }
        catch (Exception failure) when (failure is KafkaFailureException or ZooKeeperException or TimeoutException)
        {
            return new ServerAnswer(server, false, $"cannot be judged: {failure.Message}");
        }
    }

    /// <param name="facts">Null for no topic.</param>
    /// <param name="partitions">Of every broker that has one.</param>
    internal static (bool Ok, string Detail) Judge(
        SubOptions options,
        TopicFacts? facts,
        IReadOnlyDictionary<string, int> partitions
    )
    {
        var (delivery, names) = (options.Delivery, options.Mqtt.Brokers.Select(broker => broker.Name).ToList());
        var mayCreate = options.Kafka.CreateTopics != TopicCreation.None;
        if (facts is null)
        {
            var wanted = delivery.Partitions ?? Math.Max(names.Count, 1);
            return mayCreate
                ? (true, $"is not there yet, and will be made with {wanted} partitions")
                : (false, PartitionChoice.Missing("it", wanted));
        }

        var problem =
            PartitionChoice.Contradiction(delivery, facts.Partitions, mayCreate)
            ?? SettingsProblem(delivery, facts.Settings)
            ?? BeyondProblem(facts.Partitions, partitions);
        return (problem is null, problem ?? $"{facts.Partitions} partitions{Remarks(names, facts, partitions)}");
    }

    private static string? SettingsProblem(DeliveryOptions delivery, IReadOnlyDictionary<string, string> settings)
    {
        if (settings.GetValueOrDefault("cleanup.policy") is { } policy && policy != "delete")
        {
            return $"its cleanup.policy is {policy} and must be delete, or records get lost";
        }

        return
            long.TryParse(settings.GetValueOrDefault("retention.ms"), CultureInfo.InvariantCulture, out var kept)
            && kept >= 0
            && kept < delivery.MaxAge.TotalMilliseconds
            ? $"its retention.ms is {kept}, less than Delivery:MaxAge: what waits longer gets lost"
            : null;
    }

    private static string? BeyondProblem(int there, IReadOnlyDictionary<string, int> partitions)
    {
        var beyond = partitions.Where(each => each.Value >= there).OrderBy(each => each.Value).ToList();
        return beyond is [var (name, partition), ..]
            ? $"it has {there} partitions, and {name} has partition {partition}: add the missing ones"
            : null;
    }

    private static string Remarks(List<string> names, TopicFacts facts, IReadOnlyDictionary<string, int> partitions)
    {
        var without = names.Where(name => !partitions.ContainsKey(name)).ToList();
        var shared = partitions.GroupBy(each => each.Value).Count(group => group.Count() > 1);
        return (without.Count > 0 ? $"; {string.Join(", ", without)} will be given one at the next start" : "")
            + (shared > 0 ? $"; {shared} of them stand for several brokers, which share their fate" : "")
            + (facts.Settings.Count == 0 ? "; its settings may not be looked at" : "");
    }
}
