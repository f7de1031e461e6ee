namespace Kalinka.Common.ZooKeeper;

/// <summary>Outcomes as ZooKeeper numbers them (<c>KeeperException.Code</c>).</summary>
public enum KeeperCode
{
    Ok = 0,
    SystemError = -1,

    /// <summary>Stands for the operations of a failed multi that come after the one which failed.</summary>
    RuntimeInconsistency = -2,
    DataInconsistency = -3,

    /// <summary>The connection broke before the reply came: the request may or may not have been carried out.</summary>
    ConnectionLoss = -4,

    /// <summary>The reply could not be read, or was larger than this client takes.</summary>
    MarshallingError = -5,
    Unimplemented = -6,
    OperationTimeout = -7,
    BadArguments = -8,
    NoNode = -101,
    NoAuth = -102,
    BadVersion = -103,
    NoChildrenForEphemerals = -108,
    NodeExists = -110,
    NotEmpty = -111,

    /// <summary>The session ended; its ephemerals are gone, and what waited for it was not sent.</summary>
    SessionExpired = -112,
    InvalidCallback = -113,
    InvalidAcl = -114,
    AuthFailed = -115,
    SessionMoved = -118,
    NotReadOnly = -119,
    EphemeralOnLocalSession = -120,
    NoWatcher = -121,
    RequestTimeout = -122,
    QuotaExceeded = -125,
    ThrottledOp = -127,
}
