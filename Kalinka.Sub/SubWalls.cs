using Kalinka.Common.Brokers;
using Kalinka.Common.Directory;
using Kalinka.Common.Instances;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub.Partitioning;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub;

/// <summary>The foreign systems that the pipeline meets; the tests put their own in their place.</summary>
/// <param name="Consumer">Joins the group; its rebalances go to the handler.</param>
/// <param name="DeliveryConsumer">The same for the group that shares the delivery topic.</param>
/// <param name="Producer">Of the dead letters, and of what goes through the delivery topic.</param>
/// <param name="Catalog">Of the same cluster as the producer.</param>
/// <param name="FollowRoster">Tells how brokers come and go, one change after the other, until cancelled.</param>
/// <param name="Partitions">Which broker has which partition of the delivery topic; null without ZooKeeper.</param>
/// <param name="ShowInstance">Shows the instance to the others until cancelled, where there is ZooKeeper.</param>
/// <param name="CloseDirectory">Ends the connections of the directory.</param>
internal sealed record SubWalls(
    Func<IAssignmentHandler, IRecordConsumer> Consumer,
    Func<IAssignmentHandler, IRecordConsumer> DeliveryConsumer,
    Func<IDeliveryReports, IRecordProducer> Producer,
    Func<IRecordProducer, ITopicCatalog> Catalog,
    IMqttConnector Connector,
    ILocationDirectory Directory,
    Func<Action<RosterChange>, CancellationToken, Task> FollowRoster,
    IPartitionRegister? Partitions,
    Func<Func<InstanceReport>, CancellationToken, Task> ShowInstance,
    Func<ValueTask> CloseDirectory
)
{
    /// <summary>Behind the name of the group that reads the application's topics: the group that shares the delivery topic.</summary>
    public const string DeliverySuffix = "-delivery";

    /// <summary>Begins to connect to the directory; Kafka and the brokers follow when they are asked for.</summary>
    /// <exception cref="KafkaFailureException">The Kafka properties make no client.</exception>
    public static SubWalls Of(SubOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        var clientId = $"kalinka-sub-{options.Instance}";
        var directory = Locations(options, clientId, loggers, time);
        directory.Start();
        return new SubWalls(
            handler => NewConsumer(options.Kafka, FetchPace.Gathering, clientId, handler, loggers, time),
            handler =>
                NewConsumer(
                    options.Kafka with
                    {
                        GroupId = $"{options.Kafka.GroupId}{DeliverySuffix}",
                    },
                    FetchPace.AtOnce,
                    clientId,
                    handler,
                    loggers,
                    time
                ),
            reports => new RecordProducer(
                options.Kafka,
                clientId,
                reports,
                loggers.CreateLogger<RecordProducer>(),
                time
            ),
            producer => new TopicCatalog(
                (RecordProducer)producer,
                options.Kafka,
                clientId,
                loggers.CreateLogger<TopicCatalog>()
            ),
            new MqttConnector(time, loggers.CreateLogger<MqttConnector>()),
            directory.Clients,
            (changed, stopping) =>
                directory.Ensemble is { } ensemble
                    ? Roster(ensemble, options, loggers, time).FollowAsync(changed, stopping)
                    : Task.CompletedTask,
            directory.Ensemble is { } register ? new ZnodePartitions(register) : null,
            (report, stopping) =>
                directory.Ensemble is { } ensemble
                    ? Instance(ensemble, options, report, loggers, time).RunAsync(stopping)
                    : Task.CompletedTask,
            directory.DisposeAsync
        );
    }

    private static DirectorySession Locations(
        SubOptions options,
        string clientId,
        ILoggerFactory loggers,
        TimeProvider time
    ) =>
        options.Directory.Kind == DirectoryKind.Kafka
            ? new DirectorySession(options.Directory, options.Kafka, clientId, writes: false, time, loggers)
            : new DirectorySession(options.ZooKeeper!, time, loggers);

    private static BrokerRoster Roster(
        ZooKeeperClient ensemble,
        SubOptions options,
        ILoggerFactory loggers,
        TimeProvider time
    ) =>
        new(
            ensemble,
            options.Mqtt.Brokers,
            options.Announced,
            time,
            loggers.CreateLogger<BrokerRoster>(),
            unknown: true
        );

    private static RecordConsumer NewConsumer(
        KafkaOptions options,
        FetchPace pace,
        string clientId,
        IAssignmentHandler handler,
        ILoggerFactory loggers,
        TimeProvider time
    ) => new(options, clientId, handler, loggers.CreateLogger<RecordConsumer>(), time, pace);

    private static InstanceZnode Instance(
        ZooKeeperClient ensemble,
        SubOptions options,
        Func<InstanceReport> report,
        ILoggerFactory loggers,
        TimeProvider time
    ) =>
        new(
            ensemble,
            "kalinka-sub",
            options.Instance,
            options.ZooKeeper!.SessionTimeout,
            report,
            time,
            loggers.CreateLogger<InstanceZnode>()
        );
}
