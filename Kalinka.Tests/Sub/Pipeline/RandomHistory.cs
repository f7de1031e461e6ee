using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>
/// Plays a history that is written in bytes: records, answers of every kind, lost connections, clients that move and
/// vanish, partitions that are taken away. Checks the promises at every step, and that all ends well.
/// </summary>
internal sealed class RandomHistory : IDisposable
{
    private static readonly string[] Brokers = ["b1", "b2"];
    private static readonly string[] Clients = ["c0", "c1", "c2", "c3", "c4"];

    private readonly int _inFlightPerClient;
    private readonly SubBench _bench;
    private readonly Dictionary<string, FakeConnection> _connections = [];
    private readonly PartitionAssignment[] _partitions = new PartitionAssignment[2];
    private readonly List<string>[] _logs =
    [
        [],
        [],
    ];
    private readonly int[] _generations = new int[2];
    private readonly HashSet<string> _ended = [];
    private readonly Dictionary<string, int> _outcomes = [];
    private readonly Dictionary<string, List<int>> _firstDeliveries = [];
    private int _lettersSeen;

    public RandomHistory(int inFlightPerClient)
    {
        _inFlightPerClient = inFlightPerClient;
        _bench = new SubBench(o => o with { Delivery = o.Delivery with { InFlightPerClient = inFlightPerClient } });
        _bench.OnStored = CheckStored;
        for (var partition = 0; partition < 2; partition++)
        {
            _partitions[partition] = _bench.Assign("in", partition);
        }
    }

    public void Play(byte[] steps)
    {
        for (var index = 0; index + 1 < steps.Length; index += 2)
        {
            Step(steps[index], steps[index + 1]);
            SeeDeadLetters();
            CheckInFlight();
        }
    }

    /// <summary>Everything is healthy from here on: every record must come to its end.</summary>
    public void End()
    {
        _bench.DeadLetterTopic.HoldReports = false;
        _bench.DeadLetterTopic.Report();
        Array.ForEach(Clients, client => _bench.Directory.Move(client, "b1"));
        foreach (var broker in Brokers)
        {
            Connected(broker);
        }

        for (var second = 0; second < 60; second++)
        {
            AcknowledgeAll();
            _bench.Pass(TimeSpan.FromSeconds(1));
            SeeDeadLetters();
        }

        Assert.That(_bench.Stages.Pool.Rented, Is.Zero, "every record has ended");
        for (var partition = 0; partition < 2; partition++)
        {
            CheckAllEndedOnce(partition);
        }
    }

    public void Dispose() => _bench.Dispose();

    private void Step(int what, int which)
    {
        var broker = Brokers[which % 2];
        switch (what % 20)
        {
            case <= 6:
                Feed(Clients[which % Clients.Length]);
                break;
            case <= 9:
                Answer(broker, which / 2, MqttReasonCode.Success);
                break;
            case 10:
                Answer(broker, which / 2, MqttReasonCode.NoMatchingSubscribers);
                break;
            case 11:
                Answer(broker, which / 2, MqttReasonCode.NotAuthorized);
                break;
            case 12:
                Answer(broker, which / 2, MqttReasonCode.QuotaExceeded);
                break;
            case 13:
                Break(broker);
                break;
            case 14:
                Connected(broker);
                break;
            case 15:
                Move(Clients[which % Clients.Length], which / Clients.Length);
                break;
            case 16:
                _bench.Pass(TimeSpan.FromMilliseconds(50 * (which % 64)));
                break;
            case 17:
                HoldReports(which % 2 == 0);
                break;
            case 18:
                TakeAway(which % 2, which / 2 % 2 == 0);
                break;
            default:
                _bench.Turn();
                break;
        }
    }

    private void Feed(string client)
    {
        var partition = client[1] % 2;
        _logs[partition].Add(client);
        _bench.Feed(_partitions[partition], client, Name(partition, _logs[partition].Count - 1));
        _bench.Turn();
    }

    private void Answer(string broker, int which, MqttReasonCode reason)
    {
        if (_connections.TryGetValue(broker, out var connection) && connection.Unacknowledged.Count > 0)
        {
            var message = connection.Unacknowledged[which % connection.Unacknowledged.Count];
            See(message, reason);
            connection.Acknowledge(message, reason);
            _bench.Turn();
        }
    }

    private void AcknowledgeAll()
    {
        foreach (var broker in Brokers)
        {
            while (_connections[broker].Unacknowledged.Count > 0)
            {
                Answer(broker, 0, MqttReasonCode.Success);
            }
        }
    }

    private void Break(string broker)
    {
        if (_connections.Remove(broker, out var connection))
        {
            // By us: a message is not suspected for it.
            connection.Break(MqttReasonCode.Success, byBroker: false);
            _bench.Turn();
        }
    }

    private void Connected(string broker)
    {
        if (!_connections.ContainsKey(broker))
        {
            _connections[broker] = _bench.Connect(broker, receiveMaximum: 3);
        }
    }

    private void Move(string client, int where)
    {
        _bench.Directory.Move(client, where % 3 == 2 ? null : Brokers[where % 3], silently: where / 3 % 4 == 0);
        _bench.Turn();
    }

    private void HoldReports(bool hold)
    {
        _bench.DeadLetterTopic.HoldReports = hold;
        if (!hold)
        {
            _bench.DeadLetterTopic.Report();
            _bench.Turn();
        }
    }

    // What has not been stored is read again by the next assignment.
    private void TakeAway(int partition, bool lost)
    {
        var assignment = _partitions[partition];
        if (lost)
        {
            _bench.Lose(assignment);
        }
        else
        {
            var returned = _bench.Return(assignment, TimeSpan.FromSeconds(1));
            _bench.Pass(TimeSpan.FromSeconds(1.1));
            Assert.That(returned.IsCompleted);
        }

        SeeDeadLetters();
        _generations[partition]++;
        _partitions[partition] = _bench.Assign("in", partition);
        var from = (int)Math.Max(_bench.StoredOf(assignment), 0);
        _bench.Rewind(assignment, from);
        for (var offset = from; offset < _logs[partition].Count; offset++)
        {
            _bench.Feed(_partitions[partition], _logs[partition][offset], Name(partition, offset));
        }

        _bench.Turn();
    }

    private string Name(int partition, int offset) => $"{partition}/{offset}/{_generations[partition]}";

    private void See(Published message, MqttReasonCode reason)
    {
        if (reason == MqttReasonCode.Success)
        {
            var offset = int.Parse(message.Payload.Split('/')[1]);
            if (_ended.Add(Place(message.Payload)) && _inFlightPerClient == 1)
            {
                CheckOrder(message.Topic, offset);
            }

            Count(message.Payload);
        }
    }

    private void SeeDeadLetters()
    {
        foreach (var letter in _bench.DeadLetters.Skip(_lettersSeen))
        {
            Count(letter.Value);
            _ended.Add(Place(letter.Value));
        }

        _lettersSeen = _bench.DeadLetters.Count;
    }

    private void Count(string name)
    {
        _outcomes[name] = _outcomes.GetValueOrDefault(name) + 1;
        Assert.That(_outcomes[name], Is.EqualTo(1), $"{name} has one end");
    }

    private void CheckOrder(string client, int offset)
    {
        var delivered = _firstDeliveries.TryGetValue(client, out var list) ? list : _firstDeliveries[client] = [];
        Assert.That(delivered, Is.All.LessThan(offset), $"{client}: {offset} behind what was sent before it");
        delivered.Add(offset);
    }

    private void CheckStored(Kalinka.Common.Kafka.TopicPartition partition, long nextOffset)
    {
        SeeDeadLetters();
        for (var offset = 0; offset < nextOffset; offset++)
        {
            Assert.That(_ended, Does.Contain($"{partition.Partition}/{offset}"), "stored past an unsettled record");
        }
    }

    private void CheckInFlight()
    {
        var inFlight = _connections.Values.SelectMany(connection => connection.Unacknowledged).ToArray();
        var ofOneClient = inFlight.CountBy(message => message.Topic).Select(client => client.Value);
        Assert.That(ofOneClient, Is.All.LessThanOrEqualTo(_inFlightPerClient), "publishes of a client in flight");
    }

    private void CheckAllEndedOnce(int partition)
    {
        var count = _logs[partition].Count;
        Assert.That(_bench.StoredOf(_partitions[partition]), Is.EqualTo(count == 0 ? -1 : count));
        for (var offset = 0; offset < count; offset++)
        {
            Assert.That(_ended, Does.Contain($"{partition}/{offset}"));
        }
    }

    private static string Place(string name) => name[..name.LastIndexOf('/')];
}
