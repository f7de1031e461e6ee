using Kalinka.Common.Brokers;
using Kalinka.Common.Configuration;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Brokers;

internal sealed class RosterTests
{
    private static readonly BrokerOptions B1 = new("b1", "h1", 1883, MqttVersion.V5, "own", "secret", null);

    private static readonly AnnouncedOptions Allowed = AnnouncedOptions.None with
    {
        Allow = [Pattern("*.example.org"), Pattern("h1")],
        Username = "shared",
        Password = "word",
        Version = MqttVersion.V311,
    };

    [Test]
    public void Announced_brokers_stand_behind_the_configured_ones_with_the_credentials_for_announced_ones()
    {
        var roster = Merge(("b3", "mqtts://b3.example.org", false), ("b2", "mqtt://b2.example.org", false));
        Assert.That(roster.Select(entry => entry.Name), Is.EqualTo(new[] { "b1", "b2", "b3" }));
        Assert.That(roster[0].Broker, Is.EqualTo(B1));
        Assert.That(
            roster[2].Broker,
            Is.EqualTo(new BrokerOptions("b3", "b3.example.org", 8883, MqttVersion.V311, "shared", "word", Allowed.Tls))
        );
        Assert.That(roster[1].Broker.Tls, Is.Null);
        Assert.That(roster.Select(entry => entry.Announced), Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public void The_configuration_wins_for_name_address_and_credentials()
    {
        var entry = Merge(("b1", "mqtt://evil.example.org", false)).Single();
        Assert.That(entry.Broker, Is.EqualTo(B1));
        Assert.That(entry.State, Is.EqualTo(RosterState.InService));
        Assert.That(entry.Remark, Does.Contain("mqtt://evil.example.org:1883"));
    }

    [Test]
    public void An_address_that_is_not_allowed_is_shown_without_credentials()
    {
        var entry = Merge(("b2", "mqtts://b2.example.com", true))[1];
        Assert.That(entry.State, Is.EqualTo(RosterState.Refused));
        Assert.That(entry.Broker, Has.Property("Username").Null.And.Property("Password").Null);
        Assert.That(entry.Absence, Does.Contain("mqtts://b2.example.com:8883").And.Contain("Mqtt:Announced:Allow"));
    }

    [Test]
    public void An_address_has_one_name()
    {
        var roster = Merge(
            ("b2", "mqtt://H1", false),
            ("b4", "mqtt://x.example.org", false),
            ("b3", "mqtt://x.example.org", false)
        );
        Assert.That(
            roster.Select(entry => entry.State),
            Is.EqualTo(new[] { RosterState.InService, RosterState.Refused, RosterState.InService, RosterState.Refused })
        );
        Assert.That(roster[1].Remark, Does.Contain("the address of b1"));
        Assert.That(roster[3].Remark, Does.Contain("the address of b3"));
    }

    [Test]
    public void A_znode_without_an_address_announces_nothing_and_may_retire_a_configured_broker()
    {
        var roster = Merge(("b1", null, true), ("b2", null, true));
        Assert.That(roster.Single().State, Is.EqualTo(RosterState.Retired));
        Assert.That(Merge(("b2", "mqtt://b2.example.org", true))[1].State, Is.EqualTo(RosterState.Retired));
    }

    [Test]
    public void Changes_are_what_leads_from_one_roster_to_the_next()
    {
        var before = Merge(("b2", "mqtt://b2.example.org", false), ("b3", "mqtt://b3.example.org", false));
        var now = Merge(("b3", "mqtt://b3.example.org:99", false), ("b4", "mqtt://b4.example.org", false));
        Assert.That(
            Roster.Changes(before, now).Select(change => (change.Kind, change.Entry.Name, change.Entry.Broker.Port)),
            Is.EqualTo(
                new[]
                {
                    (RosterChangeKind.Removed, "b2", 1883),
                    (RosterChangeKind.Changed, "b3", 99),
                    (RosterChangeKind.Added, "b4", 1883),
                }
            )
        );
        Assert.That(Roster.Changes(now, now), Is.Empty);
    }

    private static IReadOnlyList<RosterEntry> Merge(params (string Name, string? Address, bool Retired)[] announced) =>
        Roster.Merge(
            [B1],
            announced.ToDictionary(
                each => each.Name,
                each => new Announcement(
                    each.Address is null ? null : BrokerAddress.Parse(each.Address, out _),
                    null,
                    each.Retired
                )
            ),
            Allowed
        );

    private static AddressPattern Pattern(string text) =>
        AddressPattern.TryParse(text, out var pattern, out var problem)
            ? pattern
            : throw new AssertionException(problem);
}
