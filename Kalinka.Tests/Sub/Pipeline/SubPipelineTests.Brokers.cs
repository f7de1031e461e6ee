using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Brokers come and go.</summary>
internal sealed partial class SubPipelineTests
{
    [Test]
    public async Task Brokers_come_move_and_go_while_it_runs()
    {
        _directory.Move("c", "b9");
        _consumer.Assign(Partition);
        _consumer.Write(Record(0, "c"));
        _roster.Add("b9", port: 1);
        var first = await Connection("b9");
        await Eventually.That(() => first.Unacknowledged.Count == 1, Within, "what waited for the name");
        Assert.That(_pipeline.Status().Brokers[^1].Announced);

        _roster.Change("b9", RosterState.InService, port: 2);
        first.Answers = _ => MqttReasonCode.Success;
        first.AcknowledgeAll();
        await Eventually.That(() => _connector.Connections["b9"] != first, Within, "the other address");
        Assert.That(first.Disconnects, Is.EqualTo(new[] { MqttReasonCode.Success }));
        var second = _connector.Connections["b9"];
        second.Answers = _ => MqttReasonCode.Success;
        _consumer.Write(Record(1, "c"));
        await Eventually.That(() => second.Received.Count == 1, Within, "the next record");

        _roster.Remove("b9");
        await Eventually.That(() => second.IsClosed, Within, "the end of the connection");
        Assert.That(_pipeline.Status().Brokers.Select(broker => broker.Name), Does.Not.Contain("b9"));

        _roster.Add("b9", port: 3);
        await Eventually.That(() => _connector.Connections["b9"] != second, Within, "a third connection");
    }

    [Test]
    public async Task A_retired_broker_is_told_when_nothing_is_left_there_and_comes_back()
    {
        _directory.Move("c", "b1");
        var b1 = await Connection("b1");
        _consumer.Assign(Partition);
        _consumer.Write(Record(0, "c"));
        await Eventually.That(() => b1.Unacknowledged.Count == 1, Within, "the publish");
        _roster.Change("b1", RosterState.Retired);
        await Eventually.That(() => B1().Retired == false, Within, "the retirement");
        b1.AcknowledgeAll();
        await Eventually.That(() => B1().Retired == true, Within, "its end");
        Assert.That(b1.IsClosed);
        Assert.That(B1().State, Is.EqualTo("standby"));

        _roster.Change("b1", RosterState.InService);
        await Eventually.That(() => B1().State == "connected", Within, "a new connection");
        Assert.That(B1().Retired, Is.Null);

        BrokerStatus B1() => _pipeline.Status().Brokers[0];
    }

    [Test]
    public async Task A_broker_that_is_refused_is_shown_and_not_connected()
    {
        await Connection("b1");
        _roster.Add("b8");
        await Connection("b8");
        _roster.Change("b8", RosterState.Refused, port: 7);
        await Eventually.That(() => _connector.Connections["b8"].IsClosed, Within, "the end");
        _roster.Add("b9");
        await Connection("b9");
        Assert.That(_connector.Options.Select(options => options.Broker.Port), Has.None.EqualTo(7));
        var b8 = _pipeline.Status().Brokers.Single(broker => broker.Name == "b8");
        Assert.That(b8, Has.Property("State").EqualTo("standby").And.Property("LastError").EqualTo("Refused"));
    }
}
