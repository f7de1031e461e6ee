using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Publishing;

/// <summary>
/// Finds the message on which a broker closes the connection. After two losses with the same oldest publish those that
/// were in flight go out one at a time; one that alone ends the connection twice is rejected. The dispatcher's.
/// </summary>
internal sealed class PoisonGuard
{
    public const string Reason = "the broker closed the connection twice on this message";

    private const int Twice = 2;

    // Of the connection that is there.
    private Identity? _oldestLost;
    private int _lost;

    // Of the connections before.
    private Identity? _suspect;
    private int _losses;
    private int _lossesAlone;
    private int _toTry;
    private Identity? _poison;

    /// <summary>Only one publish may be in flight.</summary>
    public bool OneAtATime => _toTry > 0;

    /// <summary>A publish was unacknowledged when the connection ended; called for the oldest first.</summary>
    public void OnLost(Delivery delivery)
    {
        _oldestLost ??= Identity.Of(delivery);
        _lost++;
    }

    /// <summary>A publish was answered, or left out: it is not the one.</summary>
    public void OnAnswered() => _toTry = Math.Max(_toTry - 1, 0);

    /// <summary>The connection has ended.</summary>
    /// <param name="byOthers">Not by us.</param>
    public void OnEnded(bool byOthers)
    {
        if (byOthers && _oldestLost is { } oldest)
        {
            Suspect(oldest);
        }

        _oldestLost = null;
        _lost = 0;
    }

    /// <summary>Whether this is the message; asked once before it is sent.</summary>
    public bool IsPoison(Delivery delivery)
    {
        if (_poison is null || _poison != Identity.Of(delivery))
        {
            return false;
        }

        _poison = null;
        _suspect = null;
        OnAnswered();
        return true;
    }

    private void Suspect(Identity oldest)
    {
        if (_suspect != oldest)
        {
            _suspect = oldest;
            _losses = 0;
            _lossesAlone = 0;
        }

        _losses++;
        _lossesAlone += OneAtATime ? 1 : 0;
        if (_lossesAlone >= Twice)
        {
            _poison = oldest;
        }
        else if (_losses >= Twice)
        {
            _toTry = Math.Max(_toTry, _lost);
        }
    }

    private readonly record struct Identity(PartitionAssignment Assignment, long Offset)
    {
        public static Identity Of(Delivery delivery) => new(delivery.Assignment, delivery.Offset);
    }
}
